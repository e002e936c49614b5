"""Selections of readers, such as `tag:mentors and joined>2026-01-01`: text to value. Pure."""
