"""What comes with the program: templates, example content, the commented weekly.toml, and its libraries."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def shipped(name: str) -> Path:
    """Return the path of `templates`, `content` or `weekly.toml`.

    In a wheel it lies inside the package; in a checkout it is the repository's own.
    """
    package = Path(__file__).parent
    packed = package / "_shipped"
    return (packed if packed.is_dir() else package.parent) / name


def find_template_cache(newsletter: Path, warn: Callable[[str], None] = lambda _words: None) -> Path | None:
    """Return the folder of compiled templates in the user's cache, made if it is missing.

    None where it could not be trusted with code: without an absolute home folder, within the newsletter's
    folder, or where someone else owns it or may write to it, which `warn` prints.
    """
    with suppress(OSError, RuntimeError):
        # As the XDG Base Directory Specification says, down to the mode of folders that are made.
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        base = given if given.is_absolute() else Path.home() / ".cache"
        own = base / "weekly-insights"
        folder = own / "templates"
        if not base.is_absolute() or folder.resolve().is_relative_to(newsletter.resolve()):
            return None
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in (own, folder):
            each.mkdir(mode=0o700, exist_ok=True)
            found = each.lstat()
            is_private = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            if not is_private or not stat.S_ISDIR(found.st_mode):
                warn(
                    f"{each} may be written by others, so no compiled templates are kept there, and building "
                    f"takes longer: rm -r {shlex.quote(str(own))}, and it is made again"
                )
                return None
        return folder
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
