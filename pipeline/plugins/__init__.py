"""What installed packages add: sections, sources and transports, found by their entry points."""
