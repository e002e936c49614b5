"""The command `weekly`, also as `python -m pipeline`; says so when one of its libraries is missing."""

from __future__ import annotations

import gc
import sys

from pipeline.resources import describe_missing

COLLECT_AFTER = (20_000, 20, 20)
"""Importing a thousand modules frees nothing; looking for what can be freed was 6 % of `issue build`."""


def main() -> None:
    """Run the command line, whose own libraries may be missing, too."""
    gc.set_threshold(*COLLECT_AFTER)
    try:
        from pipeline.cli import main as run  # noqa: PLC0415 - it needs what may be missing
    except ImportError as error:
        words = describe_missing(error)
        if not words:
            raise
        sys.exit(f"weekly: {words}")
    run()


if __name__ == "__main__":
    main()
