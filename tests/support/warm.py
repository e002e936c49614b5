"""What every test that renders would pay again: the templates compiled, the MJML engine loaded."""

from __future__ import annotations

import atexit
import os
import tempfile
from contextlib import suppress
from functools import cache, wraps
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import mjml
from jinja2 import Environment

from support.environment import NOW


def remember_templates() -> None:
    """Let Jinja compile each source once in this process, whichever environment asks for it.

    Our environments differ in folders alone, so the same source under the same name is the same code.
    """
    compiled: dict[tuple[object, ...], object] = {}
    compile_template = Environment.compile

    @wraps(compile_template)
    def compile_once(self, source, name=None, filename=None, *how):
        key = (source, name, filename, how, type(self), _name(self.finalize), _name(self.autoescape))
        if isinstance(source, str) and key in compiled:
            return compiled[key]
        code = compile_template(self, source, name, filename, *how)
        if isinstance(source, str):
            compiled[key] = code
        return code

    Environment.compile = compile_once


def _name(function: object) -> object:
    """Name a function, which is another one when its module is imported anew, and still does the same."""
    return getattr(function, "__module__", function), getattr(function, "__qualname__", function)


@cache
def pages_folder() -> Path:
    """Return the folder that keeps what the MJML engine has made, until this process ends."""
    folder = tempfile.TemporaryDirectory(prefix="weekly-pages-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def remember_pages(folder: Path) -> None:
    """Let the MJML engine convert each source once, and keep its HTML in a folder that processes share.

    The engine makes the same HTML of the same source, whoever asks.
    """
    convert = mjml.mjml_to_html

    @wraps(convert)
    def convert_once(source, **options):
        # Sections that were compiled before are not in the source, and come from their component.
        known = [section.html for each in options.get("custom_components") or () for section in each.compiled]
        kept = folder / sha256(repr((source, known)).encode("utf-8", "surrogatepass")).hexdigest()
        with suppress(OSError):
            return mjml.ParseResult(kept.read_bytes().decode(), ())
        converted = convert(source, **options)
        if not converted.errors:
            with suppress(OSError, ValueError):  # as where a test bounds what a process may write
                new = kept.with_suffix(f".{os.getpid()}")
                new.write_bytes(converted.html.encode())
                new.replace(kept)
        return converted

    mjml.mjml_to_html = convert_once


def remember_engines() -> None:
    """Let this process compile each template and convert each MJML source once."""
    remember_templates()
    remember_pages(pages_folder())


@cache
def parsed_example() -> bytes:
    """Return the parse cache of the example newsletter, as the command that writes a lock leaves it."""
    from pipeline.content.parse_cache import FILE, ParseCache
    from pipeline.content.read import read_catalogue
    from pipeline.project.scaffold import make_folder

    with tempfile.TemporaryDirectory(prefix="weekly-example-") as name:
        folder = Path(name)
        make_folder(folder, example=True)
        (folder / "var").mkdir()
        parsed = ParseCache(folder)
        read_catalogue(folder, parsed)
        parsed.save()
        return (folder / FILE).read_bytes()


def give_parse_cache(folder: Path) -> None:
    """Spare an example newsletter the parsing of what every example newsletter holds."""
    from pipeline.content.parse_cache import FILE

    (folder / FILE).parent.mkdir(parents=True)
    (folder / FILE).write_bytes(parsed_example())


def warm_up(pages: Path) -> None:
    """Load every module, and make one letter of everything, so that whatever is made once is made."""
    import_all()
    remember_templates()
    remember_pages(pages)

    from pipeline.check.letter import check_letter
    from pipeline.content.read import read_checked
    from pipeline.edition.sample import fill_sample
    from pipeline.render.jinja import environment
    from pipeline.render.letter import render
    from support.letter_parts import HEAD, REPO, TEMPLATES
    from support.letters import ORDINARY

    read_checked(REPO)
    templates = environment([TEMPLATES])
    for name in templates.list_templates(extensions=["j2"]):
        templates.get_template(name)
    rendered = render(ORDINARY, HEAD, templates)
    check_letter(rendered, HEAD, issue=ORDINARY, readers=1)
    fill_sample(rendered, HEAD, phrase="12 readers", at=NOW)


def import_all() -> None:
    """Import what the command imports when it is needed."""
    import pipeline
    import subscribers

    for package in (pipeline, subscribers):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__") and ".migrations" not in found.name:
                import_module(found.name)
