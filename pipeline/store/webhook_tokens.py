"""Tokens of webhooks that may be used once, remembered longer than any request may be old."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from pipeline.store.tables import webhook_token
from subscribers.store.statements import insert_new

KEPT = timedelta(days=7)
"""`max_age_s` of a webhook is two days at most, and clocks differ by minutes."""


def use_token(connection: Connection, token: str, now: datetime) -> bool:
    """Mark a token as used; False if it was used before."""
    connection.execute(delete(webhook_token).where(webhook_token.c.used_at < now - KEPT))
    hashed = hashlib.sha256(token.encode(errors="replace")).digest()[:16]
    written = insert_new(connection, webhook_token).returning(webhook_token.c.token)
    return connection.execute(written, {"token": hashed, "used_at": now}).first() is not None
