"""The week's news: feeds fetched through one guarded door, read in a child process, merged into stories."""
