"""The rules of content, one module per subject."""
