"""From a source to entities: find documents, open them, parse them, hand them to the store."""
