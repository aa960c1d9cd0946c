"""What publishers do: the portal API's operations, and the MISP ``opendata`` query that calls them."""
