"""A term as the text of its Markdown file; reading that file gives the same value back. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import yaml

from pipeline.content.document import HIDDEN, parse_blocks
from pipeline.content.normalize import normalize_line, normalize_mistake, normalize_prose
from pipeline.model.content import Faq, Mistake, Term

_UNSEEN = re.compile(f"{HIDDEN.pattern}|[\ue000\ue001]")
_MARKED = re.compile("\ue000([0-9A-F]{8})\ue001")


def write_term(term: Term) -> str:
    """Write the file of a term; reading it gives `normalize_term(term)`."""
    term = normalize_term(term)
    sections = {
        "Example": term.example,
        "Why It Matters": term.why_it_matters,
        "How It Works": term.how_it_works,
        "Common Mistakes": "\n".join(map(_write_mistake, term.mistakes)),
        "Career Relevance": term.career_relevance,
    }
    front = {
        "title": term.title,
        "slug": term.slug,
        "full_name": term.full_name,
        "aliases": FlowList(term.aliases),
        "category": term.category,
        "difficulty": term.difficulty,
        "related": FlowList(term.related),
        "prerequisites": FlowList(term.prerequisites),
        "seasons": [_Pair(asdict(season)) for season in term.seasons],
        "sources": list(term.sources),
        "related_links": list(term.related_links),
        "faqs": [asdict(faq) for faq in term.faqs],
        # Reading asks for a section that is not there, unless it is left out on purpose.
        "without": FlowList(heading for heading, text in sections.items() if not text),
        "extra": dict(term.extra),
    }
    return write_document(front, term.definition, sections)


def normalize_term(term: Term) -> Term:
    """Return a term as it would be read from its file; a term that was read stays what it is."""
    return replace(
        term,
        title=normalize_line(term.title),
        full_name=normalize_line(term.full_name),
        category=normalize_line(term.category),
        aliases=_normalize_lines(term.aliases),
        related=_normalize_lines(term.related),
        prerequisites=_normalize_lines(term.prerequisites),
        sources=_normalize_lines(term.sources),
        related_links=_normalize_lines(term.related_links),
        definition=normalize_prose(term.definition),
        example=normalize_prose(term.example),
        why_it_matters=normalize_prose(term.why_it_matters),
        how_it_works=normalize_prose(term.how_it_works),
        career_relevance=normalize_prose(term.career_relevance),
        mistakes=tuple(
            mistake for mistake in map(normalize_mistake, term.mistakes) if all(asdict(mistake).values())
        ),
        faqs=tuple(Faq(faq.question.strip(), faq.answer.strip()) for faq in term.faqs),
    )


def _normalize_lines(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(normalize_line, texts))))


class FlowList(list[str]):
    """A list that is written on one line."""


class _Pair(dict[str, str]):
    """A mapping that is written on one line."""


class _Front(yaml.SafeDumper):
    """Writes front matter as people do: lists indented, long texts as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:  # noqa: ANN401, ARG002, FBT001, FBT002 - PyYAML's own signature
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's own signature
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    spelled = _spell_out(text)
    style = '"' if spelled != text else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", spelled, style=style)


def _spell_out(text: str) -> str:
    """Mark invisible letters and those that NFC would change, so that they are written as escapes."""
    text = _UNSEEN.sub(_mark_letter, text)
    if unicodedata.is_normalized("NFC", text):
        return text
    return "".join(_mark_letter(letter) if _is_unstable(letter) else letter for letter in text)


def _is_unstable(letter: str) -> bool:
    """Return whether NFC could change a letter or join it with the one before."""
    is_jamo = "\u1100" <= letter <= "\u11ff"
    return is_jamo or unicodedata.combining(letter) > 0 or not unicodedata.is_normalized("NFC", letter)


def _mark_letter(letter: str | re.Match[str]) -> str:
    return f"\ue000{ord(letter if isinstance(letter, str) else letter[0]):08X}\ue001"


_Front.add_representer(str, _represent_text)
_Front.add_representer(
    FlowList, lambda dumper, row: dumper.represent_sequence("tag:yaml.org,2002:seq", row, flow_style=True)
)
_Front.add_representer(
    _Pair, lambda dumper, pair: dumper.represent_mapping("tag:yaml.org,2002:map", pair, flow_style=True)
)


def write_document(front: Mapping[str, object], lead: str, sections: Mapping[str, str]) -> str:
    """Write front matter, the text and its sections, each unless it is empty; nothing is normalized here."""
    keys = _write_front({key: value for key, value in front.items() if value not in ("", [], {})})
    parts = [lead, *(f"## {heading}\n\n{text}" for heading, text in sections.items() if text)]
    return f"---\n{keys}---\n\n" + "\n\n".join(parts) + "\n"


def _write_front(front: Mapping[str, object]) -> str:
    dumped = str(yaml.dump(front, Dumper=_Front, sort_keys=False, allow_unicode=True, width=float("inf")))
    return _MARKED.sub(lambda found: f"\\U{found[1]}", dumped)


def _write_mistake(mistake: Mistake) -> str:
    gap = "\n" if _is_paragraph(mistake.mistake) else "\n\n"
    lead = " " if _is_paragraph(mistake.fix, first_only=True) else "\n\n"
    first, *rest = f"{mistake.mistake}{gap}**Fix:**{lead}{mistake.fix}".split("\n")
    return "\n".join([f"- {first}", *(f"  {line}" if line else "" for line in rest)])


def _is_paragraph(markdown: str, *, first_only: bool = False) -> bool:
    kinds = [token.type for token in parse_blocks(markdown) if token.level == 0]
    return kinds[:1] == ["paragraph_open"] if first_only else kinds == ["paragraph_open", "paragraph_close"]
