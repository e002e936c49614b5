"""What comes with the program: templates, example content, the commented weekly.toml, and its libraries."""

from __future__ import annotations

from pathlib import Path


def shipped(name: str) -> Path:
    """Return the path of `templates`, `content` or `weekly.toml`.

    In a wheel it lies inside the package; in a checkout it is the repository's own.
    """
    package = Path(__file__).parent
    packed = package / "_shipped"
    return (packed if packed.is_dir() else package.parent) / name


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
