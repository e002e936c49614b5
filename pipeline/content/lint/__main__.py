"""Write docs/reference/content-rules.md on stdout: every rule with its severity and its reason."""

from __future__ import annotations

import sys

from pipeline.content.lint.autofix import FIXABLE
from pipeline.content.lint.options import HYPE, KNOWN_ACRONYMS, WEASEL
from pipeline.model.problem import CONTENT_RULES, IMPORT_RULES, JOB_RULES
from pipeline.rules import render_group

_HEAD = """\
<!-- Made by `python -m pipeline.content.lint > docs/reference/content-rules.md`; edit the rules instead. -->

# The rules of content

`weekly content check` lists what it finds with file, line, suggested fix and one of these ids.
An **error** would break a letter: it stops every run until it is fixed, and cannot be switched off.
A **warning** never stops one; `[content] rules` in weekly.toml can switch it off, or make it an error of the
check alone: `rules = { stale-year = "off", hype = "error" }`.
What is marked *fixes* is fixed by `weekly content check --fix`; `--fix --dry-run` only shows it.
Code is exempt from the rules of wording, and quotations from those of hype, fillers and stale claims.
"""


def render_page() -> str:
    """Write the whole page."""
    groups = (CONTENT_RULES, JOB_RULES, IMPORT_RULES)
    tables = "".join(render_group(group, FIXABLE, ", *fixes*") for group in groups)
    lists = (
        ("Hype", "`hype`", HYPE),
        ("Fillers and unnamed authorities", "`weasel`", WEASEL),
        ("Acronyms that need no explanation", "`known_acronyms` adds to them", sorted(KNOWN_ACRONYMS)),
    )
    words = "".join(f"\n## {title}\n\nSetting: {key}.\n\n{', '.join(of)}\n" for title, key, of in lists)
    return _HEAD + tables + words


if __name__ == "__main__":
    sys.stdout.write(render_page())
