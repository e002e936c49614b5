"""The letters of `letters`, through the shipped templates."""

from __future__ import annotations

from pipeline.render.jinja import environment, fill
from pipeline.render.letter import render
from pipeline.render.strings import read_strings
from support.letter_parts import HEAD, HEBREW, TEMPLATES
from support.letters import LETTERS, ORDINARY


def open_templates():
    """The shipped templates, and the Hebrew words in front of them."""
    return environment([HEBREW, TEMPLATES])


def render_letter(name):
    issue, head = LETTERS[name]
    return render(issue, head, open_templates())


SLOTS = ("name", "readers", "unsubscribe_url", "confirm_url")
NOTICES = ("confirm", "welcome", "goodbye")


def mjml_of(name):
    """Give the MJML of a letter or a notice, as the engine gets it but for the guard."""
    env = open_templates()
    issue, head = LETTERS.get(name, (ORDINARY, HEAD))
    layout = "issue" if issue.layout == "ordinary" else issue.layout
    template = name if name in NOTICES else layout
    words = {"name": "Ada", "readers": "1,300+ prompt engineers"}
    addresses = {slot: f"https://news.example.org/{slot}" for slot in SLOTS if slot not in words}
    values = {"issue": issue, "letterhead": head, "t": read_strings(env, head.language).say}
    return fill(env, f"email/{template}.mjml.j2", values | words | addresses)
