"""What the tabs show, read out of a letter. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from math import log2

from pipeline.check.page import one_line, read_page
from pipeline.check.rules.sizes import HTML_LIMIT_BYTES, HTML_WARNING_BYTES
from pipeline.issue.wishes_file import WishKind
from pipeline.model.locations import wishes_path
from pipeline.model.picks import Candidate, Pick, PickKind, Reason
from pipeline.model.problem import Problem
from pipeline.model.wishes import Wishes
from pipeline.news.story_ref import parse_name
from pipeline.studio.letter import WISHED, LetterView, Name

CLIP_BYTES = 102 * 1024
"""Where Gmail cuts a letter off."""

_SMALLEST = 0.01  # the last digit that is shown
_HALF = 60.0  # half the width of a bar, which goes to the left for a negative weight


@dataclass(frozen=True, slots=True)
class Size:
    """The size of the HTML against the limits; `words` explain it."""

    html_bytes: int
    level: str
    words: str
    percent: int


def measure(letter: LetterView) -> Size:
    """Measure a letter with a reader's values in it."""
    size = letter.html_bytes
    if size > HTML_LIMIT_BYTES:
        level, words = "error", "Gmail cuts it off"
    elif size > HTML_WARNING_BYTES:
        level, words = "warning", "close to where Gmail cuts it off"
    else:
        level, words = "fine", "well below where Gmail cuts it off"
    return Size(size, level, words, round(100 * size / CLIP_BYTES))


@dataclass(frozen=True, slots=True)
class Header:
    """One header as mail programs read it."""

    name: str
    value: str


def read_headers(eml: bytes) -> tuple[Header, ...]:
    """Read the headers of a message in their order, encoded words decoded."""
    message = message_from_bytes(eml, _class=EmailMessage, policy=policy.default)
    return tuple(Header(name, one_line(str(value))) for name, value in message.items())


def raw_headers(eml: bytes) -> str:
    """Return the headers of a message as they go over the wire."""
    return eml.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n", "\n")


@dataclass(frozen=True, slots=True)
class LetterLink:
    """A link of the letter: its number among them, its words, where it leads, and of what kind it is."""

    number: int
    words: str
    href: str
    kind: str
    again: int
    """The first link that leads to the same place; its own number when it is the first."""


def list_links(html: str) -> tuple[LetterLink, ...]:
    """List the links of a letter in their order."""
    first: dict[str, int] = {}
    found = []
    for number, link in enumerate(read_page(html).links, 1):
        href = link.tag.attributes["href"]
        words = one_line(link.words or link.images_alt) or "(no words)"
        found.append(LetterLink(number, words, href, _kind_of(href), first.setdefault(href, number)))
    return tuple(found)


def _kind_of(href: str) -> str:
    if href.startswith("#"):
        return "in the letter"
    if href.startswith("mailto:"):
        return "mail"
    if "/u/" in href or "/c/" in href:
        return "the reader's own"
    return "web" if href.startswith(("https://", "http://")) else "leads nowhere"


@dataclass(frozen=True, slots=True)
class Bar:
    """One factor of a score; `start` and `length` are pixels of a bar 120 wide whose zero is its middle."""

    name: str
    value: str
    detail: str
    start: float
    length: float
    is_against: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """What came next."""

    ref: str
    title: str
    path: str
    score: str
    factors: str
    is_banned: bool
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class SlotCard:
    """One slot with the reasons for what fills it; `wish` is empty for a slot that cannot be pinned."""

    slot: str
    kind: PickKind
    ref: str
    title: str
    path: str
    score: str
    how: str
    pinned: bool
    wish: WishKind | None
    pin: str
    """The wish that pins it, to be taken back; a locked choice may not know of it yet."""
    ban: str
    """The wish that bans it, to be taken back; it is still there for the lock keeps it."""
    bars: tuple[Bar, ...]
    rivals: tuple[Rival, ...]
    dropped: tuple[tuple[str, int], ...]


def explain_slots(letter: LetterView, names: Mapping[str, Name]) -> tuple[SlotCard, ...]:
    """Explain every slot of a letter, in its order; `names` by `kind:ref`, besides those the letter has."""
    return tuple(_explain(pick, letter.wishes, {**names, **letter.names}) for pick in letter.picks)


def _explain(pick: Pick, wishes: Wishes, names: Mapping[str, Name]) -> SlotCard:
    multiplies = pick.kind == "item"
    name = names.get(f"{pick.kind}:{pick.ref}", Name(pick.ref))
    wish = WISHED.get(pick.kind)
    wished = [each for each in list_wishes(wishes) if each.kind == wish]
    return SlotCard(
        slot=pick.slot,
        kind=pick.kind,
        ref=pick.ref,
        title=name.title,
        path=name.path,
        score=f"{pick.score:.2f}",
        how="The factors multiply to the score." if multiplies else "The factors add up to the score.",
        pinned=pick.pinned,
        wish=wish,
        pin=_find(wished, pick.ref, name, pinned=True),
        ban=_find(wished, pick.ref, name, pinned=False),
        bars=tuple(_draw(pick.reasons, multiplies=multiplies)),
        rivals=tuple(_rival(each, pick.kind, names, wished) for each in pick.runners_up),
        dropped=tuple(pick.dropped.items()),
    )


def _draw(reasons: Sequence[Reason], *, multiplies: bool) -> Iterator[Bar]:
    # A factor of 2 and one of 1/2 weigh the same, for and against.
    weights = [log2(max(each.value, 1e-6)) if multiplies else each.value for each in reasons]
    largest = max((abs(weight) for weight in weights), default=0) or _SMALLEST
    for reason, weight in zip(reasons, weights, strict=True):
        length = round(max(_HALF * abs(weight) / largest, 1 if weight else 0), 1)
        shown = f"×{reason.value:.2f}" if multiplies else f"{reason.value:+.2f}"
        start = _HALF - length if weight < 0 else _HALF
        yield Bar(reason.name, shown, reason.detail, start, length, weight < 0)


def _rival(
    candidate: Candidate, kind: PickKind, names: Mapping[str, Name], wished: Sequence[Wished]
) -> Rival:
    name = names.get(f"{kind}:{candidate.ref}", Name(candidate.ref))
    form = "{} ×{:.2f}" if kind == "item" else "{} {:+.2f}"
    return Rival(
        ref=candidate.ref,
        title=name.title,
        path=name.path,
        score=f"{candidate.score:.2f}",
        factors=", ".join(form.format(reason.name, reason.value) for reason in candidate.reasons),
        is_banned=bool(_find(wished, candidate.ref, name, pinned=False)),
        is_pinned=bool(_find(wished, candidate.ref, name, pinned=True)),
    )


@dataclass(frozen=True, slots=True)
class Wished:
    """One wish of the editor that can be taken back."""

    kind: WishKind
    ref: str
    pinned: bool


def _find(wished: Iterable[Wished], ref: str, name: Name, *, pinned: bool) -> str:
    """Find the pin or ban of something, as the file writes it; empty when there is none."""
    names = name.others or {ref}
    found = (each.ref for each in wished if each.pinned == pinned)
    return next((wish for wish in found if wish in names or parse_name(wish) in names), "")


def list_wishes(wishes: Wishes) -> tuple[Wished, ...]:
    """List the pins and bans of a week."""
    pins: tuple[tuple[WishKind, str], ...] = (("term", wishes.term_pin), ("tip", wishes.tip_pin))
    bans: tuple[tuple[WishKind, tuple[str, ...]], ...] = (
        ("term", wishes.term_ban),
        ("tip", wishes.tip_ban),
        ("items", wishes.items.ban),
    )
    return (
        *(Wished(kind, ref, pinned=True) for kind, ref in pins if ref),
        *(Wished("items", ref, pinned=True) for ref in wishes.items.pin),
        *(Wished(kind, ref, pinned=False) for kind, refs in bans for ref in refs),
    )


def place_of(finding: Problem) -> str:
    """Return where in the studio a finding is shown, as tab and place: `html|html:12`."""
    part, _, line = finding.where.partition(":")
    if part in ("html", "text") and line.isdecimal():
        return f"{part}|{finding.where}"
    return {"html": "html|", "text": "text|", "subject": "html|subject", "preheader": "html|preheader"}.get(
        part, ""
    )


def file_of(finding: Problem, week: str) -> str:
    """Return the file to fix: that of the finding, else where one of its kind is most likely fixed."""
    if finding.path:
        return finding.path
    part = finding.where.partition(":")[0]
    if part in ("subject", "preheader"):
        return wishes_path(week)
    return f"templates/email/issue.{'txt' if part == 'text' else 'mjml'}.j2"
