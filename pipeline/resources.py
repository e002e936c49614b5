"""Where the templates, the example content and the commented weekly.toml that come with the program are."""

from __future__ import annotations

from pathlib import Path


def shipped(name: str) -> Path:
    """Find something that came along: `templates`, `content` or `weekly.toml`.

    In a wheel it lies inside the package; in a checkout it is the repository's own.
    """
    package = Path(__file__).parent
    packed = package / "_shipped"
    return (packed if packed.is_dir() else package.parent) / name
