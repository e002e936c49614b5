"""What is wrong with a TOML file, in the words of the file."""

from __future__ import annotations

import re

_NAME = re.compile(r"\((?:'[^']*',? ?)+\)")
_PART = re.compile(r"'([^']*)'")


def describe_toml_error(error: Exception) -> str:
    """Return the message of `tomllib` with the names of tables as files have them: `[smtp]`."""
    return _NAME.sub(lambda found: f"[{'.'.join(_PART.findall(found[0]))}]", str(error))
