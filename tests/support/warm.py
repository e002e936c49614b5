"""What every test that renders would pay again: the templates compiled, the MJML engine loaded."""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from pkgutil import walk_packages

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
        key = (source, name, filename, how, type(self), self.finalize, self.autoescape)
        if isinstance(source, str) and key in compiled:
            return compiled[key]
        code = compile_template(self, source, name, filename, *how)
        if isinstance(source, str):
            compiled[key] = code
        return code

    Environment.compile = compile_once


def warm_up() -> None:
    """Load every module, and make one letter of everything, so that whatever is made once is made."""
    import_all()
    remember_templates()

    from pipeline.check.letter import check_letter
    from pipeline.content.read import read_checked
    from pipeline.edition.sample import fill_sample
    from pipeline.render.jinja import environment
    from pipeline.render.letter import render
    from support.letters import HEAD, ORDINARY, REPO, TEMPLATES

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
