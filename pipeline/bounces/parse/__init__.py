"""Reads mails that came back; any bytes are read without an exception, and nothing they claim is trusted."""
