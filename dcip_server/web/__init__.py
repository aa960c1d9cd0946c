"""HTTP: the middleware that enforces the protocol, the endpoint's views, the site's pages."""
