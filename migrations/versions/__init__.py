"""The schema's versions, one module each, in the order of their numbers."""
