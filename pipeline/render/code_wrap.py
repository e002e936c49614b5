"""Removes line breaks of prompts that only a margin put there; screens wrap lines again. Pure."""

from __future__ import annotations

import re

LEAST_COLUMNS = 40
"""Shorter lines were broken on purpose."""

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})(text)?[ ]*\n(.*?)^\1\2[ ]*$", re.DOTALL | re.MULTILINE)
_GOES_ON = re.compile(r"[a-zß-öø-ÿ][\w'’./-]*[,.;!?]*(?= (?!\()|$)")
_COLUMNS = re.compile(r"\S(?: {2,}|\t+)\S")
_COMPLETE = re.compile(r"[.!?:;(){}\[\]<>=|\\]$")


def wrap_code(prompt: str) -> str:
    """Join a line with the one before where a sentence goes on and only the margin broke it.

    That is where the next word would not have fitted into the widest line. Lists, blank lines, indents,
    columns and code stay as they are.
    """
    lines = prompt.split("\n")
    width = max(*map(len, lines), LEAST_COLUMNS)
    joined: list[str] = []
    last = ""
    for line in lines:
        word = _GOES_ON.match(line)
        is_full = word is not None and len(last) + 1 + len(word[0]) > width
        is_laid_out = _COLUMNS.search(last) or _COLUMNS.search(line) or _COMPLETE.search(last)
        if joined and is_full and len(last) >= LEAST_COLUMNS and not is_laid_out:
            joined[-1] += f" {line}"
        else:
            joined.append(line)
        last = line
    return "\n".join(joined)


def wrap_fences(markdown: str) -> str:
    """Do the same in the fenced blocks of plain text in Markdown; blocks of a language are code."""

    def reflowed(found: re.Match[str]) -> str:
        start, end = found.start(4) - found.start(), found.end(4) - found.start()
        whole = found[0]
        return whole[:start] + wrap_code(found[4]) + whole[end:]

    return _FENCE.sub(reflowed, markdown)
