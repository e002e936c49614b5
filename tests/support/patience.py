"""How long tests wait for what must happen."""

from __future__ import annotations

PATIENCE_S = 600
"""Ten minutes, for every process, answer and thread: longer than the slowest machine takes.

`tests/architecture/test_tiers.py` lets no test name a shorter limit of its own.
"""
PATIENT = {"connect_s": PATIENCE_S, "read_s": PATIENCE_S, "total_s": PATIENCE_S}
"""The limits of the HTTP door in a test that is not about them."""
