"""Help texts of the endpoint: Markdown templates, one for the API and one for each entity type."""
