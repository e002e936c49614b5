"""The table of tools that lists come from, in addition to those that the program knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from pipeline.model.options import Line, Options

if TYPE_CHECKING:
    from subscribers.importing.exporters import Exporter

ConsentWord = Literal[
    "active",
    "paused",
    "pending",
    "no consent",
    "unsubscribed",
    "bounced",
    "complained",
    "suppressed",
]


class ExporterTable(Options):
    """One tool; `subscribers/importing/exporters.toml` has more examples."""

    columns: tuple[Line, ...]
    """The columns by which its lists are recognized: all of them are there."""
    without: tuple[Line, ...] = ()
    """Columns that its lists do not have."""
    fields: dict[str, Line] = Field(default_factory=dict)
    """By column, what it is: email, name, first name, last name, tags or consent date."""
    consent: dict[str, dict[str, ConsentWord]] = Field(default_factory=dict)
    """By column, what its cells mean: `{ gold = "active", weg = "unsubscribed" }`. `yes` and `no` are answers
    in every language, `date` is any date, `""` an empty cell, `"*"` every other one."""
    unused: tuple[Line, ...] = ()
    """Columns that look like consent and are not."""
    state: Literal["", "unsubscribed", "bounced", "complained", "suppressed"] = ""
    """The state of everybody, when the file itself is the state."""
    several: str = ""
    """What separates several tags of a cell, in addition to commas, semicolons, bars and line breaks."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.build("it")
        return self

    def build(self, name: str) -> Exporter:
        """Build the tool of this table; raises ValueError for what cannot be used."""
        # Only newsletters that have an entry pay for the import.
        from subscribers.importing.exporters import build_exporter  # noqa: PLC0415

        return build_exporter({"name": name, **self.model_dump()})


class ExportersSection(Options):
    """Tools that lists come from, by name, for `weekly subscribers import`: `[exporters.our-shop]`."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, ExporterTable]

    @property
    def tables(self) -> Mapping[str, ExporterTable]:
        """The tools by name."""
        return self.__pydantic_extra__ or {}

    def build(self) -> tuple[Exporter, ...]:
        """Build the tools, in the order they stand in."""
        return tuple(table.build(name) for name, table in self.tables.items())
