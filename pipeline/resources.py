"""The files that come with the program: templates, example content, the commented weekly.toml."""

from __future__ import annotations

from pathlib import Path


def shipped(name: str) -> Path:
    """Return the path of `templates`, `content` or `weekly.toml`.

    In a wheel it lies inside the package; in a checkout it is the repository's own.
    """
    package = Path(__file__).parent
    packed = package / "_shipped"
    return (packed if packed.is_dir() else package.parent) / name
