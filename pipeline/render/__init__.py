"""Issue + templates → HTML and text; the one door to Jinja and MJML."""
