"""How the editor proofreads, `[preview]` of weekly.toml. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _address(value: str) -> str:
    # Only newsletters that name an address pay for the parser.
    from subscribers.addresses import parse_address  # noqa: PLC0415
    from subscribers.errors import AddressError  # noqa: PLC0415

    try:
        return parse_address(value).email
    except AddressError as error:
        raise ValueError(f"{error}; write it like ada@example.org") from error


def _editor(value: str) -> str:
    if value and (
        "{path}" not in value or value.partition(":")[0] in ("http", "https", "javascript", "data")
    ):
        raise ValueError('write an address with {path} and {line}, such as "vscode://file/{path}:{line}"')
    return value


class PreviewSection(BaseModel):
    """Where test copies go, and how a file is opened from the studio."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)

    test_addresses: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    """Where the studio may send test copies."""
    editor: Annotated[str, AfterValidator(_editor)] = ""
    """How a file is opened from the studio, such as `vscode://file/{path}:{line}`; empty: in the studio."""
