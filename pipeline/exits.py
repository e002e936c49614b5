"""The exit codes, which cron lines depend on."""

from __future__ import annotations

DONE = 0
"""Done, nothing to do, or no readers."""
FAILED = 1
"""Failed, with a sentence on stderr."""
USAGE = 2
"""Wrong usage; click's own."""
WAITING = 3
"""The letter waits for approval."""
INVALID = 4
"""Settings or content cannot be used."""
CHECKS = 5
"""A check stops the send."""
LOOK = 6
"""Done, but a person must look at something; or nothing was done, because the database is lost or closed."""
LATER = 75
"""Try later: another run works, the relay is away or puts everybody off (EX_TEMPFAIL of sysexits.h)."""
