"""The left half of the path: files to a checked letter. Never opens the database."""
