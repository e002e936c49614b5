"""What installed packages add: sections, sources, transports and webhooks, found by their entry points."""
