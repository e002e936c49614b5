"""Write docs/reference/letter-rules.md on stdout: every rule of letters with its severity and its reason."""

from __future__ import annotations

import sys

from pipeline.check.client_support import updated_on
from pipeline.check.options import CLIENTS, TARGETS
from pipeline.check.registry import RULES
from pipeline.check.rules import CHECKS

_HEAD = """\
<!-- Made by `python -m pipeline.check > docs/reference/letter-rules.md`; edit the rules instead. -->

# The rules of a letter

`weekly issue check` renders a letter and lists what it finds, each with its place, its cure, the file to
mend and one of these ids; every run and the preview use the same rules.
An **error** stops the send (exit code 5), a **warning** never does.
The severity here is the gravest that a rule finds; some of its findings are milder.
`[checks] rules` in weekly.toml gives a rule another level: `rules = { contrast = "warning", vml = "off" }`.
What *stands* guards the letter itself, or the law, and stays an error.
Mistakes in MJML never come this far: rendering refuses them with file and line (exit code 4).
The rules `link-broken`, `link-moved`, `link-trouble` and `link-unasked` need answers:
`weekly issue check --links` asks each link once.

| rule | severity | why | mended in |
|---|---|---|---|
"""

_CLIENTS = """
## Mail programs

`unsupported-feature` adds up which readers cannot see something, by the data of
[caniemail.com](https://www.caniemail.com) of {day} (MIT, reduced to its newest answers).
What MJML's own components use is left out, and so is what nobody misses, such as round corners.
`[checks] clients` replaces these weights; only those that it names count:

| name | mail program | weight |
|---|---|---|
"""


def render_page() -> str:
    """Write the whole page."""
    rows = "".join(
        f"| `{id_}` | {rule.severity}{', *stands*' if rule.stands else ''} "
        f"| {rule.reason} | {f'`{rule.mended_in}`' if rule.mended_in else '–'} |\n"
        for id_, rule in ((id_, RULES[id_]) for id_ in CHECKS)
    )
    clients = "".join(
        f"| `{name}` | {shown} | {TARGETS.get(name, 0):g} |\n" for name, shown in CLIENTS.items()
    )
    return _HEAD + rows + _CLIENTS.format(day=updated_on()) + clients


if __name__ == "__main__":
    sys.stdout.write(render_page())
