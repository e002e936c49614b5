"""What a package can add to weekly-insights."""
