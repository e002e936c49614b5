"""The table of saved selections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, model_validator

from pipeline.model.options import Options


def check_segment_name(name: str) -> None:
    """Raise ValueError for a name of a segment that cannot be typed without quotes."""
    if not re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", name):
        raise ValueError(f"{name[:40]!r} cannot name a segment; use a-z, 0-9 and hyphens")


def _segment(value: str) -> str:
    # Only newsletters that save a segment pay for the parser; which day today is does not matter here.
    from subscribers.selection.parse import parse_selection  # noqa: PLC0415

    parse_selection(value, now=datetime(2026, 1, 1, tzinfo=UTC), zone=UTC)
    return value


Segment = Annotated[str, AfterValidator(_segment)]


class SegmentsSection(Options):
    """Saved selections of readers by name, for `--segment`: `mentors = 'tag:mentors'`."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, Segment]

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        for name in self.texts:
            check_segment_name(name)
        return self

    @property
    def texts(self) -> Mapping[str, str]:
        """The selections as they were written, by name."""
        return self.__pydantic_extra__ or {}
