"""Rules of what mail programs can show, by the data of caniemail.com. Pure.

What the engine uses in every letter is left out: it comes with fall-backs of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.check.context import LetterContext
from pipeline.check.features import Used, baseline, support
from pipeline.check.registry import Findings, rule
from pipeline.check.standards import CLIENTS

_EXTRAS = (
    "css-at-media css-at-media-hover css-at-media-orientation css-at-media-prefers-color-scheme "
    "css-at-media-prefers-reduced-motion css-at-supports css-border-radius css-box-shadow "
    "css-color-scheme css-hyphens css-important css-orphans css-pseudo-class-hover css-text-shadow "
    "css-text-underline-offset css-transition css-white-space css-widows css-word-wrap html-anchor-links "
    "html-aria-describedby html-aria-hidden html-aria-labelledby html-meta-color-scheme"
)
EXTRAS = frozenset(_EXTRAS.split())
"""Readers whose mail program does not show these read the same letter all the same."""

_LAYOUT = frozenset({"css-display-flex", "css-display-grid", "css-position"})


@rule(
    "unsupported-feature", "warning", why="The letter must not need what a reader's mail program cannot show."
)
def unsupported_feature(letter: LetterContext) -> Findings:
    """Add up for every feature how many readers' mail programs do not show it at all."""
    weights = letter.standards.clients
    whole = sum(weights.values())
    usual = baseline() | EXTRAS | _LAYOUT
    met: set[str] = set()
    for used in letter.features:
        if used.slug in met or used.slug in usual:
            continue
        missing = _list_missing(used, weights)
        share = 100 * sum(weights[client] for client in missing) / whole
        if share >= letter.standards.unsupported_percent:
            met.add(used.slug)
            names = [CLIENTS[client] for client in missing]
            listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
            message = f"`{used.shown}` does not show in {listed}: {share:.0f} of 100 readers"
            fix = f"do without it; see https://www.caniemail.com/features/{used.slug}/"
            yield unsupported_feature.found(message, fix, at=used)


def _list_missing(used: Used, weights: Mapping[str, float]) -> list[str]:
    """List the programs that know the media query around a feature, if any, but do not show the feature."""
    answers, around = support()[used.slug], support().get(used.within, "")
    return [
        client
        for place, client in enumerate(CLIENTS)
        if weights.get(client) and answers[place] == "n" and (not around or around[place] in "ya")
    ]


@rule("no-flex-grid-position", "error", why="Outlook for Windows lays out tables only, nothing of this.")
def no_flex_grid_position(letter: LetterContext) -> Findings:
    """Find what Outlook for Windows lays out wrongly; it never reads what is in @media."""
    met: set[str] = set()
    for used in letter.features:
        is_static = used.slug == "css-position" and "static" in used.shown
        if used.slug in _LAYOUT and not used.within and used.shown not in met and not is_static:
            met.add(used.shown)
            message = f"`{used.shown}` does nothing in {CLIENTS['outlook-windows']}"
            fix = "lay out with <mj-section> and <mj-column>, which become tables"
            yield no_flex_grid_position.found(message, fix, at=used)
