"""Webhooks: what the providers of mail report by HTTP, verified and read; one file for each provider."""
