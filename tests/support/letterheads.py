"""The facts of a newsletter, for tests that need one."""

from __future__ import annotations

from pipeline.model.issue import Letterhead


def make_letterhead(name: str = "Example Weekly", **facts: str) -> Letterhead:
    """Build a letterhead of `news.example.org`; `facts` replace its own."""
    usual = {
        "name": name,
        "tagline": "",
        "from_name": name,
        "from_email": "letter@news.example.org",
        "reply_to": "",
        "list_id": "weekly.news.example.org",
        "base_url": "https://news.example.org",
        "join_url": "https://news.example.org/join",
        "postal_address": "1 Test Street, 12345 Testville",
        "language": "en",
    }
    return Letterhead(**usual | facts)
