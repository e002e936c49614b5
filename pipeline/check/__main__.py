"""Write docs/reference/letter-rules.md on stdout: every rule of letters with its severity and its reason."""

from __future__ import annotations

import sys

from pipeline.check.features import updated_on
from pipeline.check.options import CLIENTS, TARGETS
from pipeline.check.rules import CHECKS
from pipeline.model.problem import FEED_RULES, TEMPLATE_RULES, WEEK_RULES
from pipeline.rules import render_group

_HEAD = """\
<!-- Made by `python -m pipeline.check > docs/reference/letter-rules.md`; edit the rules instead. -->

# The rules of a letter

`weekly issue check` renders a letter and lists what it finds, each with its place, a suggested fix, the
file to edit and one of these ids; every run and the preview use the same rules.
An **error** stops the send (exit code 5), a **warning** never does.
The severity here is the worst that a rule reports; some of its findings are milder.
`[checks] rules` in weekly.toml gives a rule another level: `rules = { contrast = "warning", vml = "off" }`.
A *required* rule guards the letter itself, or the law, and stays an error.
Mistakes in MJML never come this far: rendering refuses them with file and line (exit code 4).
The rules `link-broken`, `link-moved`, `link-trouble` and `link-unasked` need answers:
`weekly issue check --links` requests each link once.

| rule | severity | why | fixed in |
|---|---|---|---|
"""

_OTHERS = """
# The rules of what a letter is made from

The other files of a newsletter are checked whenever they are read.
An **error** stops the command that met it, and stays an error; a **warning** can be switched off in
`[checks] rules`, too: `rules = { template-unused = "off" }`.
"""

_CLIENTS = """
## Mail programs

`unsupported-feature` adds up which readers cannot see something, by the data of
[caniemail.com](https://www.caniemail.com) of {day} (MIT, reduced to its newest answers).
What MJML's own components use is left out, and so are ornaments such as round corners.
`[checks] clients` replaces these weights; only those that it names count:

| name | mail program | weight |
|---|---|---|
"""


def render_page() -> str:
    """Write the whole page."""
    rows = "".join(
        f"| `{rule}` | {rule.severity}{', *required*' if rule.is_required else ''} "
        f"| {rule.why} | {f'`{rule.fix_in}`' if rule.fix_in else '–'} |\n"
        for rule in CHECKS
    )
    clients = "".join(
        f"| `{name}` | {shown} | {TARGETS.get(name, 0):g} |\n" for name, shown in CLIENTS.items()
    )
    others = "".join(render_group(group) for group in (WEEK_RULES, FEED_RULES, TEMPLATE_RULES))
    return _HEAD + rows + _CLIENTS.format(day=updated_on()) + clients + _OTHERS + others


if __name__ == "__main__":
    sys.stdout.write(render_page())
