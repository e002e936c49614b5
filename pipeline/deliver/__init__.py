"""Brings a frozen letter to its readers, each exactly once, and says what became of every copy."""
