"""Issue + templates → HTML and text; the only user of Jinja and MJML."""
