"""A newsletter folder to start from: the commented weekly.toml, content, .gitignore, a workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.errors import FileError, PipelineError
from pipeline.keyring import make_secrets
from pipeline.resources import shipped

GITIGNORE = """\
# The database, the outbox and the log: they belong to the host that sends.
/var/
# The keys that sign unsubscribe links: in your backups, never in git.
/.secrets
"""

WORKFLOW = """\
# Checks every change of content before it can become a letter.
name: check
on: [push, pull_request]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install weekly-insights
      - run: weekly content check --format github
      - run: weekly issue check --format github
"""

ISSUES_README = """\
# Issues

`<week>.toml` holds what you wish for a week, `<week>.journal.jsonl` who wrote it when, `<week>.lock.json`
what was chosen and why, and `history.jsonl` what every frozen issue used. Commit all of them: the next
choice depends on them.

    weekly issue pin context-window --week 2026-W49
    weekly issue explain
"""


def plan_folder(*, example: bool) -> tuple[Path, ...]:
    """List the files that would be made, relative to the folder, sorted."""
    return tuple(sorted(Path(name) for name in _files(example=example)))


def make_folder(folder: Path, *, example: bool) -> int:
    """Create the folder and its secrets; returns the number of files made.

    Raises PipelineError when there is a newsletter already: nothing is overwritten.
    """
    if (folder / "weekly.toml").exists():
        raise PipelineError(f"{folder} is a newsletter folder already; choose another, nothing was changed")
    made = 0
    try:
        # weekly.toml comes last: what a full disk cut short can be gone on with.
        for name, text in sorted(_files(example=example).items(), key=lambda item: item[0] == "weekly.toml"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _write(path, text)
                made += 1
    except OSError as error:
        raise FileError(error.filename or folder, error, "choose a folder you may write to") from error
    if not (folder / ".secrets").exists():
        make_secrets(folder / ".secrets")
        made += 1
    return made


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _files(*, example: bool) -> Mapping[str, str]:
    files = {
        ".gitignore": GITIGNORE,
        ".github/workflows/check.yml": WORKFLOW,
        "content/issues/README.md": ISSUES_README,
        "weekly.toml": shipped("weekly.toml").read_text(encoding="utf-8"),
    }
    if example:
        files.update(_example())
    else:
        files["content/glossary/.gitkeep"] = files["content/tips/.gitkeep"] = ""
    return files


def _example() -> Iterator[tuple[str, str]]:
    root = shipped("content")
    for kind in ("glossary", "tips"):
        for path in sorted((root / kind).glob("*.md")):
            yield f"content/{kind}/{path.name}", path.read_text(encoding="utf-8")
