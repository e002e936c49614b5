"""Personal slots: their tokens, and the places where a token may stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from pipeline.model.problem import TEMPLATE_RULES, Problem
from pipeline.model.rendered import PersonalSlot

SLOT_PLACE = TEMPLATE_RULES.error("slot-place", "A reader's value in this place could break out of it.")
SLOT_MISSING = TEMPLATE_RULES.error(
    "slot-missing", "A letter without its personal slots cannot be unsubscribed from or counted."
)


TOKEN = re.compile(r"zq[0-9a-f]{12}qz")
"""What every token looks like."""

URL_SLOTS = frozenset({PersonalSlot.UNSUBSCRIBE_URL, PersonalSlot.CONFIRM_URL})
"""Slots that stand for a whole address."""

_MARKUP = re.compile(
    r"""(?P<comment><!--.*?-->)
    | (?P<css><style\b.*?</style\s*>)
    | (?P<script><script\b.*?</script\s*>)
    | (?P<tag></?[a-z!](?:"[^"]*"|'[^']*'|[^"'<>])*>)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_VALUE = re.compile(r"""\s([^\s"'<>/=]+)=("[^"]*"|'[^']*')""")
_PLACES = {"comment": "a comment", "css": "a style sheet", "script": "a script"}
_WORD_ATTRIBUTES = frozenset({"alt", "aria-label", "content", "title"})


def make_tokens(content: str, slots: Sequence[PersonalSlot]) -> Mapping[PersonalSlot, str]:
    """Derive one token per slot from the content, so that no text in it can contain one."""
    tokens: dict[PersonalSlot, str] = {}
    for slot in slots:
        counter = 0
        while (token := _token(content, slot, counter)) in content or token in tokens.values():
            counter += 1
        tokens[slot] = token
    return tokens


def _token(content: str, slot: PersonalSlot, counter: int) -> str:
    key = "\x1f".join((content, slot.value, str(counter))).encode()
    return f"zq{blake2b(key, digest_size=6).hexdigest()}qz"


def find_misplaced(page: str, slots: Mapping[str, PersonalSlot], template: str) -> Iterator[Problem]:
    """Find tokens in HTML where no value of a reader may go: a filled-in value could break out of these."""
    for piece in _MARKUP.finditer(page):
        kind = piece.lastgroup or ""
        for token in TOKEN.findall(piece[0]):
            if token not in slots:
                continue
            place = _PLACES.get(kind) or _misplaced_in_tag(piece[0], token, slots[token])
            if place:
                yield SLOT_PLACE.problem(
                    f"the slot {slots[token].value} stands in {place}",
                    "use it in text; addresses also as a whole href, words in alt or title",
                    path=template,
                )


def find_missing(
    text: str, slots: Mapping[str, PersonalSlot], needed: Sequence[PersonalSlot], template: str
) -> Iterator[Problem]:
    """Find slots that the letter must have and this part of it has not."""
    present = {slots[token] for token in TOKEN.findall(text) if token in slots}
    for slot in needed:
        if slot not in present:
            fix = f"write {{{{ {slot.value} }}}} into the template"
            yield SLOT_MISSING.problem(f"there is no {slot.value} in it", fix, path=template)


def _misplaced_in_tag(tag: str, token: str, slot: PersonalSlot) -> str:
    for name, quoted in _VALUE.findall(tag):
        value = quoted[1:-1]
        if token in name:
            return "the name of an attribute"
        if token in value and not _fits(name.lower(), value, slot, token):
            return f'the attribute {name}="…"'
    return "a tag" if token in _VALUE.sub("", tag) else ""


def _fits(attribute: str, value: str, slot: PersonalSlot, token: str) -> bool:
    if slot in URL_SLOTS:
        return attribute == "href" and value == token
    return attribute in _WORD_ATTRIBUTES
