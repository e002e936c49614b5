"""The command `weekly`, also as `python -m pipeline`; reports when one of its libraries is missing."""

from __future__ import annotations

import gc
import sys

from pipeline.resources import describe_missing

COLLECT_AFTER = (20_000, 20, 20)
"""Importing a thousand modules frees nothing; looking for what can be freed was 6 % of `issue build`."""


def main() -> None:
    """Run the command line, whose own libraries may be missing, too."""
    gc.set_threshold(*COLLECT_AFTER)
    if "run" in sys.argv and _has_nothing_to_do(sys.argv[1:]):
        sys.exit(0)
    try:
        from pipeline.cli import main as run  # noqa: PLC0415 - it needs what may be missing
    except ImportError as error:
        words = describe_missing(error)
        if not words:
            raise
        sys.exit(f"weekly: {words}")
    run()


def _has_nothing_to_do(words: list[str]) -> bool:
    """Decide about the cron line before the command line is imported, which costs more than the decision."""
    from pipeline.clock import Clock  # noqa: PLC0415 - only the cron line pays for it
    from pipeline.run.idle import is_idle, parse_cron_line  # noqa: PLC0415 - as above

    try:
        line = parse_cron_line(words)
        return line is not None and is_idle(line, Clock(line.as_of).now())
    except Exception:  # noqa: BLE001 - the command line looks properly, and reports what is wrong
        return False


if __name__ == "__main__":
    main()
