"""The bytes of a message: compiled once per issue, filled per reader. Pure."""
