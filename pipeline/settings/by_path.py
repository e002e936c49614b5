"""Settings by their path, read with the standard library where nothing is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.keyring import mail_passwords
from pipeline.settings.plain import read_plain_settings

if TYPE_CHECKING:
    from pipeline.settings.tables import Settings

_ATTRIBUTES = {"from": "from_", "time": "time_"}
"""Attributes of tables whose key is a word of Python, or the name of something else."""


class SettingsByPath(Protocol):
    """Settings by their path, such as `schedule.day`, however they were read."""

    def __getitem__(self, path: str, /) -> Any:  # noqa: ANN401 - each setting has its own type
        """Return a setting."""


class FullSettings:
    """All settings by their path."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __getitem__(self, path: str) -> Any:  # noqa: ANN401 - each setting has its own type
        """Return a setting; raises AttributeError for a path that has none."""
        value: Any = self._settings
        for key in path.split("."):
            value = getattr(value, _ATTRIBUTES.get(key, key))
        return value


def read_by_path(
    config: Path, folder: Path, environ: Mapping[str, str], read_all: Callable[[], Settings]
) -> SettingsByPath:
    """Read weekly.toml and the environment; call `read_all` where something is in doubt."""
    mail_passwords(folder, environ)  # refuses unreadable ones, as reading everything does
    return read_plain_settings(config, environ) or FullSettings(read_all())
