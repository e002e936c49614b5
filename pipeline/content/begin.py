"""Begin the file of a new term or tip: refuse what exists already, overwrite nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.content.document import HIDDEN
from pipeline.content.model import Catalogue
from pipeline.content.names import Kind, find_namesake, is_reserved, is_slug, make_slug
from pipeline.content.read import GLOSSARY, TIPS
from pipeline.errors import FileError, PipelineError

_FOLDERS = {"term": GLOSSARY, "tip": TIPS}


@dataclass(frozen=True, slots=True)
class Beginning:
    """A file that can be made; `path` begins with the newsletter's folder."""

    title: str
    slug: str
    path: Path


def plan_file(folder: Path, catalogue: Catalogue, kind: Kind, title: str, slug: str = "") -> Beginning:
    """Find the file of a new term or tip; its slug comes from the title unless one is given.

    Raises:
        PipelineError: there is no content folder, the title or slug cannot be used, or something there
            has it already.
    """
    check_folder(folder)
    title = " ".join(title.split())
    if not title or HIDDEN.search(title) or not _is_text(title):
        raise PipelineError("the title is empty or holds characters that nobody sees; type it anew")
    slug = slug or make_slug(title)
    if not slug:
        raise PipelineError(
            f"no slug can be made of “{title}”: it has no letter or digit of ASCII; give one with --slug"
        )
    if not is_slug(slug):
        raise PipelineError(f"“{slug}” is no slug: use lower-case letters, digits and single hyphens")
    if is_reserved(slug):
        raise PipelineError(
            f"“{slug}” is a device and no file on Windows, where the folder could not be checked out: give "
            "another slug with --slug"
        )
    namesake = find_namesake(catalogue, kind, title, slug)
    if namesake is not None:
        raise PipelineError(
            f"“{title}” is there already: {folder / namesake.path} (“{namesake.title}”); nothing was changed"
        )
    path = folder / _FOLDERS[kind] / f"{slug}.md"
    if path.exists():
        raise _taken(path)
    return Beginning(title, slug, path)


def check_folder(folder: Path) -> None:
    """Refuse a folder that is no newsletter's: nothing shall be made, or looked for, in a wrong place.

    Raises:
        PipelineError: there is no content folder.
    """
    if not (folder / "content").is_dir():
        raise PipelineError(
            f"{folder} is no newsletter folder: there is no folder content in it; name it with -C, or make "
            "one with `weekly init DIR`"
        )


def _is_text(title: str) -> bool:
    """Tell whether a title can be written; bytes of the command line that are no UTF-8 cannot."""
    try:
        title.encode()
    except UnicodeEncodeError:
        return False
    return True


def write_file(path: Path, text: str) -> None:
    """Write a file that does not exist yet, making its folder.

    Raises:
        PipelineError: it has come to exist meanwhile.
        FileError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            try:
                file.write(text)
                file.flush()
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise FileError(path, error, "check the folder's permissions and the free space") from error


def _taken(path: Path) -> PipelineError:
    return PipelineError(f"{path} exists already; nothing was changed; to choose another name give --slug")
