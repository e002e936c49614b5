"""Did you mean: the known name nearest to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """Suggest the known word that looks most like this one, as a question; empty when none does."""
    import difflib  # noqa: PLC0415 - only a mistake pays for it

    by_folded = {name.casefold(): name for name in sorted(known)}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return f'did you mean "{by_folded[close[0]]}"?' if close else ""
