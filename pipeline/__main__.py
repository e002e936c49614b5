"""The command `weekly`, also as `python -m pipeline`; says so when one of its libraries is missing."""

from __future__ import annotations

import sys

from pipeline.resources import describe_missing


def main() -> None:
    """Run the command line, whose own libraries may be missing, too."""
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
