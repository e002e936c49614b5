"""Annotations of GitHub: one line for each finding, which the service shows next to the changed line."""

from __future__ import annotations


def annotation(severity: str, *, title: str, message: str, path: str = "", line: int = 0) -> str:
    """Write a workflow command, about a file or, without a path, the whole run; `line` 0 is a whole file.

    Escapes as https://github.com/actions/toolkit does in packages/core/src/command.ts.
    """
    place = {"file": path, "line": str(max(line, 1))} if path else {}
    properties = {**place, "title": title}
    listed = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    return f"::{severity} {listed}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
