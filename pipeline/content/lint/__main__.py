"""Write docs/reference/content-rules.md on stdout: every rule with its severity and its reason."""

from __future__ import annotations

import sys

from pipeline.content.lint.options import HYPE, KNOWN_ACRONYMS, WEASEL
from pipeline.content.lint.registry import RULES

_HEAD = """\
<!-- Made by `python -m pipeline.content.lint > docs/reference/content-rules.md`; edit the rules instead. -->

# The rules of content

`weekly content check` lists what it finds with file, line, cure and one of these ids.
An **error** would break a letter: it stops every run until it is mended.
A **warning** never stops one; `[content] rules` in weekly.toml can switch it off, or make it an error of the
check alone: `rules = { stale-year = "off", hype = "error" }`.
What is marked *mends* is mended by `weekly content check --fix`; `--fix --dry-run` only shows it.
Code is exempt from the rules of wording, and quotations from those of hype, fillers and stale claims.

| rule | severity | why |
|---|---|---|
"""


def render_page() -> str:
    """Write the whole page."""
    rows = sorted(RULES.items(), key=lambda item: (item[1].severity, item[0]))
    table = "".join(
        f"| `{id_}` | {rule.severity}{', *mends*' if rule.mends else ''} | {rule.reason} |\n"
        for id_, rule in rows
    )
    lists = (
        ("Hype", "`hype`", HYPE),
        ("Fillers and nameless authorities", "`weasel`", WEASEL),
        ("Acronyms that everybody knows", "`known_acronyms` adds to them", sorted(KNOWN_ACRONYMS)),
    )
    words = "".join(f"\n## {title}\n\nSetting: {key}.\n\n{', '.join(of)}\n" for title, key, of in lists)
    return _HEAD + table + words


if __name__ == "__main__":
    sys.stdout.write(render_page())
