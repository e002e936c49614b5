"""How messages leave: SMTP and the outbox folder."""
