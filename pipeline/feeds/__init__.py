"""Feeds: fetched by one guarded HTTP client, parsed in child processes, kept as snapshots of a week."""
