"""What an editor writes, as values: read it, check it, turn its prose into HTML and text."""
