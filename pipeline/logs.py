"""One line of JSON for every run that did something, in `var/log/weekly.jsonl`; never an address."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import FileError
from subscribers.instants import format_instant


def log(folder: Path, event: str, at: datetime, **facts: Any) -> None:  # noqa: ANN401 - whatever JSON can say
    """Append one event, such as `run.ended`, with its facts."""
    import structlog  # noqa: PLC0415 - an idle run never logs

    path = folder / "var" / "log" / "weekly.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            logger = structlog.wrap_logger(
                structlog.WriteLogger(file),
                processors=[structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)],
            )
            logger.info(event, at=format_instant(at), **facts)
    except OSError as error:
        raise FileError(path, error, "the log of runs is kept there") from error
