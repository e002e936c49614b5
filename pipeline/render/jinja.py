"""The one template loader: sandboxed, escaping and strict; every mistake of a template has its place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from pipeline.content import markdown
from pipeline.errors import AuthorError
from pipeline.model.problem import Problem
from pipeline.plugins.sections import find_section
from pipeline.render import text
from pipeline.render.error_source import TEMPLATE, locate_in_theme
from pipeline.render.template_cache import TemplateCache

_NOT_REPEATABLE = ("lipsum",)
_UNSAFE_FILTERS = ("random", "safe")


def environment(folders: Sequence[Path], *, cache: Path | None = None) -> Environment:
    """Open the templates of `folders`; a file of an earlier folder hides the same file of a later one.

    `cache` is a folder of the user's for compiled templates, which must not be one of a newsletter.

    Everything but `.txt.j2` escapes. `safe` and `random` do not exist: HTML enters as a value that is
    marked so already, and the same letter gives the same bytes.
    """
    opened = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(list(folders)),
        autoescape=_escapes,
        undefined=StrictUndefined,
        finalize=_refuse_nothing,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=TemplateCache(cache) if cache else None,
    )
    for name in _NOT_REPEATABLE:
        del opened.globals[name]
    for name in _UNSAFE_FILTERS:
        del opened.filters[name]
    opened.filters |= {
        "template": lambda section: find_section(section).template,
        "markdown": _markdown,
        "inline_markdown": _inline_markdown,
        "plain": markdown.to_plain,
        "text": markdown.to_text,
        "wrap": text.wrap,
        "underline": text.underline,
        "url": text.safe_url,
        "whole": text.keep_whole,
        "direction": text.direction_of,
        "direct_code": text.direct_code,
        "reflow": text.wrap_code,
        "reflow_fences": text.wrap_fences,
    }
    return opened


@pass_context
def _markdown(context: Context, raw: str) -> Markup:
    return _directed(context, markdown.to_html(raw))


@pass_context
def _inline_markdown(context: Context, raw: str) -> Markup:
    return _directed(context, markdown.to_inline_html(raw))


def _directed(context: Context, html: Markup) -> Markup:
    """Keep code within the lines of a right-to-left letter together; others do not need it."""
    is_turned = getattr(context.resolve("letterhead"), "direction", "ltr") == "rtl"
    return text.direct_inline_code(html) if is_turned else html


def _refuse_nothing(value: object) -> object:
    """Return the value to print; None where a word belongs is a mistake of the template.

    It is reported here and not in the finished letter, where an author may write the word.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        raise ValueError(f"there is nothing to print here: the value is {value}")
    return value


def _escapes(name: str | None) -> bool:
    return name is None or not name.endswith(".txt.j2")


def fill(opened: Environment, template: str, values: Mapping[str, object]) -> str:
    """Fill a template. Raises AuthorError with file and line for any mistake in it or its includes."""
    try:
        return opened.get_template(template).render(values)
    except AuthorError:
        raise
    except Exception as error:  # a template can raise anything a filter or an operator can
        raise AuthorError([_problem(opened, template, error)]) from error


def path_of(opened: Environment, template: str) -> str:
    """Return the path of a template's file for messages: `templates/email/issue.mjml.j2`."""
    for folder in folders_of(opened):
        if (folder / template).is_file():
            return f"{folder.name}/{template}"
    return f"templates/{template}"


def folders_of(opened: Environment) -> list[Path]:
    """List the folders that templates are looked for in, the newsletter's own first, the shipped one last."""
    return [Path(each) for each in getattr(opened.loader, "searchpath", ())]


def _problem(opened: Environment, template: str, error: Exception) -> Problem:
    if isinstance(error, TemplateSyntaxError):
        path = path_of(opened, error.name or template)
        fix = "compare the line with the shipped template"
        return TEMPLATE.problem(error.message or "syntax error", fix, path=path, line=error.lineno)
    place = next(_places(opened, error.__traceback__), None)
    path, line = place or (path_of(opened, template), 0)
    if isinstance(error, TemplateNotFound):
        fix = "write the file, or remove what includes it"
        return TEMPLATE.problem(f"there is no template {error.name}", fix, path=path, line=line)
    message = str(error) or type(error).__name__
    if isinstance(error, UndefinedError):
        in_theme = locate_in_theme(folders_of(opened), message, _read_line(opened, path, line))
        if in_theme:
            return in_theme
    return TEMPLATE.problem(message, "check the name and the value it has here", path=path, line=line)


def _read_line(opened: Environment, path: str, line: int) -> str:
    for folder in folders_of(opened):
        file = folder.parent / path
        if folder.name == path.partition("/")[0] and file.is_file():
            return "".join(file.read_text("utf-8", "replace").split("\n")[line - 1 : line])
    return ""


def _places(opened: Environment, traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    """Yield the templates' lines on the way to the error, the innermost first."""
    frames: list[tuple[str, int]] = []
    known = {
        str(folder / name): f"{folder.name}/{name}"
        for folder in folders_of(opened)
        for name in opened.list_templates()
    }
    while traceback is not None:
        path = known.get(traceback.tb_frame.f_code.co_filename)
        if path is not None:
            frames.append((path, traceback.tb_lineno))
        traceback = traceback.tb_next
    yield from reversed(frames)
