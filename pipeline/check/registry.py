"""Every rule of a rendered letter by its id: how grave it is, why it exists, where it is mended. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.model.problem import Severity

TEMPLATES = "templates/email/"
SETTINGS = "weekly.toml"
WISHES = "content/issues/WEEK.toml"
CONTENT = "content/"


@dataclass(frozen=True, slots=True)
class LetterRule:
    """A rule of the rendered letter. `severity` is the gravest it finds; an error stops a send.

    `mended_in` is where findings that name no file are mended; empty when in none. A rule that `stands`
    cannot be switched off: without it a letter would break, or break the law.
    """

    severity: Severity
    reason: str
    mended_in: str = TEMPLATES
    stands: bool = False


_STANDING = {
    "html-size": ("Gmail cuts a letter off at 102 KB, and the way to unsubscribe goes first.", CONTENT),
    "no-script": ("Mail programs remove what runs or asks, or distrust the sender for it.", TEMPLATES),
    "no-template-residue": ("Readers must not see a template's own marks.", TEMPLATES),
    "mjml-source": ("What the engine does not know reaches mail programs as it was typed.", TEMPLATES),
    "unsubscribe-link": ("The law and every mailbox provider want it in both parts.", TEMPLATES),
    "postal-address": ("CAN-SPAM and most national laws want it in every letter.", SETTINGS),
    "links-absolute": ("A link must lead where a reader can go, and where it says.", TEMPLATES),
    "mso-balance": ("An unbalanced comment hides the rest of the letter in Outlook.", TEMPLATES),
    "text-part": ("Who reads plain text, or hears it, must get a letter too.", TEMPLATES),
    "subject": ("More is cut off in every inbox, and a line break splits the header.", WISHES),
    "honest-count": ("A number of readers that is not true is a lie to everybody who reads it.", TEMPLATES),
}

_ERRORS = {
    "css-size": ("Gmail drops all styles when there are more than 16 KB of them.", TEMPLATES),
    "css-valid": ("Gmail drops a style sheet with a mistake in it as a whole.", TEMPLATES),
    "images": ("Pictures are off for many readers, and remote ones tell on them.", TEMPLATES),
    "remote-fonts": ("A remote font tells its host who reads the letter.", TEMPLATES),
    "document-head": ("Doctype and charset decide how everything below is read.", TEMPLATES),
    "no-flex-grid-position": ("Outlook for Windows knows tables and nothing of this.", TEMPLATES),
    "text-parity": ("HTML and text are one letter; who reads one must miss nothing.", TEMPLATES),
    "preheader": ("It stands beside the subject in the inbox and should add to it.", WISHES),
    "letterhead": ("Who writes, and what readers are called, stands in every letter.", SETTINGS),
    "lang": ("Screen readers choose their voice by it; webmail drops that of the page.", TEMPLATES),
    "dir": ("Without it a right-to-left letter is set from the wrong side.", TEMPLATES),
    "title": ("It names the tab of the web copy and is read aloud first.", TEMPLATES),
    "headings": ("Screen readers jump from heading to heading.", TEMPLATES),
    "link-text": ("Screen readers list links without the sentence around them.", TEMPLATES),
    "contrast": ("Pale words are lost in sunlight and to weak eyes, in light and in dark.", TEMPLATES),
    "vml": ("What stands in VML is not reached by keyboard or screen reader.", TEMPLATES),
    "hidden-text": ("What screen readers skip must be ornament; hidden words look like spam.", TEMPLATES),
    "link-broken": (
        "A link that leads nowhere costs readers' time and trust. Asked with `--links`.",
        CONTENT,
    ),
}

_WARNINGS = {
    "line-length": ("What has no blank in 998 bytes is torn by servers that wrap lines.", TEMPLATES),
    "unsupported-feature": ("What a reader's mail program cannot show, the letter must not need.", TEMPLATES),
    "text-lines": ("Old mail programs do not wrap plain text.", TEMPLATES),
    "table-roles": ("Screen readers announce rows and columns of tables that only lay out.", TEMPLATES),
    "width": (
        "Too wide is cut at its side, too narrow is a ribbon; nothing at all is unreadable.",
        TEMPLATES,
    ),
    "type-size": ("Small or tight letters and small buttons are hard on a phone.", TEMPLATES),
    "text-structure": ("Lists and paragraphs that only look so are read as one lump.", CONTENT),
    "dark-mode": ("Without its marks mail programs invert colours as they like.", TEMPLATES),
    "link-repeat": ("Readers have been sent there before.", CONTENT),
    "unfilled-marks": ("Only templates are filled in; elsewhere readers meet the mark itself.", WISHES),
    "lost-markup": ("Pictures, tables and addresses without https never reach readers.", WISHES),
    "stale-claim": ("What was true when it was written may not be any more.", CONTENT),
    "reading-time": ("A letter that takes too long is put off, and then not read.", CONTENT),
    "link-moved": ("Old addresses go one day. Asked with `--links`.", CONTENT),
    "link-trouble": (
        "The server did not do its work; look again before sending. Asked with `--links`.",
        CONTENT,
    ),
    "link-unasked": ("What was not asked is not known. Asked with `--links`.", ""),
}

RULES: Mapping[str, LetterRule] = MappingProxyType(
    {id_: LetterRule("error", *why, stands=True) for id_, why in _STANDING.items()}
    | {id_: LetterRule("error", *why) for id_, why in _ERRORS.items()}
    | {id_: LetterRule("warning", *why) for id_, why in _WARNINGS.items()}
)
"""Every rule by its id; the gravest come first."""
