"""What comes with the program: templates, example content, the commented weekly.toml, and its libraries."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def shipped(name: str) -> Path:
    """Return the path of `templates`, `content` or `weekly.toml`.

    In a wheel it lies inside the package; in a checkout it is the repository's own.
    """
    package = Path(__file__).parent
    packed = package / "_shipped"
    return (packed if packed.is_dir() else package.parent) / name


def find_user_cache() -> Path:
    """Return the folder of this program in the user's cache (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if given.startswith("/") else Path.home() / ".cache") / "weekly-insights"


def find_template_cache() -> Path | None:
    """Return the folder of compiled templates in the user's cache; None where no home folder is known."""
    with suppress(RuntimeError):
        return find_user_cache() / "templates"
    return None


def describe_missing(error: ImportError) -> str:
    """Describe which library is missing or broken, and what to do; empty when it is a module of our own."""
    library = (error.name or "").partition(".")[0]
    if library in ("", "pipeline", "subscribers"):
        return ""
    missing = isinstance(error, ModuleNotFoundError)
    what = (
        f"the library {library} is not installed" if missing else f"the library {library} is broken: {error}"
    )
    checkout = Path(__file__).parent.parent
    if (checkout / "Makefile").exists() and (checkout / "pyproject.toml").exists():
        return f"{what}; install what the program needs: make -B .venv/.installed (in {checkout})"
    return (
        f"{what}; install the program again with its libraries: pip install --force-reinstall weekly-insights"
    )
