"""The types of single settings: each parses what the file has, or raises ValueError with what to write."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.model.suggest import did_you_mean
from pipeline.plugins.sections import section_names
from pipeline.settings.parse import (
    DAYS,
    check_database,
    check_editor,
    check_language,
    check_sender,
    check_url,
    check_variants,
    check_zone,
    parse_clock_time,
    parse_day,
    parse_languages,
)


def _order(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name not in section_names():
            advice = did_you_mean(name, section_names()) or f"sections are {', '.join(section_names())}"
            raise ValueError(f"{name[:40]!r} is not a section; {advice}")
    if len(set(value)) < len(value):
        raise ValueError("names a section twice")
    if not {"term", "tip"} & set(value):
        raise ValueError("leaves out both term and tip, and a letter has one of them")
    return value


def _address(value: str) -> str:
    # Only newsletters that name an address pay for the parser.
    from subscribers.addresses import parse_address  # noqa: PLC0415
    from subscribers.errors import AddressError  # noqa: PLC0415

    try:
        return parse_address(value).email
    except AddressError as error:
        raise ValueError(f"{error}; write it like ada@example.org") from error


Sender = Annotated[str, AfterValidator(check_sender)]
Url = Annotated[str, AfterValidator(check_url)]
Zone = Annotated[str, AfterValidator(check_zone)]
Day = Annotated[str, BeforeValidator(parse_day), Field(json_schema_extra={"examples": list(DAYS)})]
ClockTime = Annotated[time, BeforeValidator(parse_clock_time)]
Database = Annotated[str, AfterValidator(check_database)]
SectionName = Annotated[str, Field(json_schema_extra={"enum": list(section_names())})]
Order = Annotated[tuple[SectionName, ...], AfterValidator(_order)]
Variants = Annotated[tuple[str, ...], AfterValidator(check_variants)]
Languages = Annotated[tuple[str, ...], AfterValidator(parse_languages)]
Address = Annotated[str, AfterValidator(_address)]
Language = Annotated[str, AfterValidator(check_language)]
EditorUrl = Annotated[str, AfterValidator(check_editor)]
