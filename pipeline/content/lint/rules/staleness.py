"""Rules of claims that go stale: years, prices, the newest of its kind, versions of models. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.content.lint.page import ContentPage
from pipeline.content.lint.rules.wording import Phrases, find_whole
from pipeline.model.problem import CONTENT_RULES, Problem

STALE_YEAR = CONTENT_RULES.warning(
    "stale-year", "A year in the prose shows next year's readers that the text is old."
)
STALE_PRICE = CONTENT_RULES.warning(
    "stale-price", "Prices and salaries change sooner than a term comes round again."
)
STALE_NOW = CONTENT_RULES.warning(
    "stale-now", "What is newest today is wrong tomorrow, and no file says when."
)
STALE_MODEL = CONTENT_RULES.warning(
    "stale-model", "A model's version is replaced within months; what it shows mostly stays true."
)


_COUNTED = (
    "tokens?|words?|characters?|letters?|dimensions?|numbers?|steps?|examples?|questions?|passages?|pages?|rows?|"
    "items?|bytes|bits|requests?|calls?|samples?|documents?|times|weights|parameters|users|readers|people|"
    "messages?|lines?|vectors?|ms|px|[KMGT]B|hours?|minutes?|seconds?|days?|weeks?|units?|features?|entries|"
    "records?|labels?|images?|pixels?|sentences?|answers?|candidates?|chunks?|positions?|neurons?|layers?|"
    "percent|million|billion|metres?|meters?|grams?|customers?|tests?|cases?|copies|others|more"
)
_YEAR = re.compile(
    r"(?:19|20)\d\d(?<![\w.,:/$€£¥#×+-]\d{4})"
    rf"(?:s\b|(?![\w%×]|[.,:/]\d|-\d{{3}}|\s*(?:x|by)\s+\d|[\s-]+(?:{_COUNTED})\b))"
)
_SIGNS = "$€£¥₹₩₽"
_CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|BRL|KRW|SGD|ZAR"
_NAMES = "dollars?|euros?|pounds|cents|yen|yuan|rupees?|francs?|kronor|kroner|pesos?"
_PRICE = re.compile(
    rf"""
      (?:US|A|C|R)?[$€£¥₹₩₽]\s?\d[\d.,]*(?:\s?[kKmM]\b)?
    | \b(?:{_CODES}|Rs\.?)\s?\d[\d.,]*
    | \b\d[\d.,]*(?:\s?[kKmM]|\s+(?:hundred|thousand|million|billion))?\s?
      (?:[€£₹₩₽]|(?:{_CODES}|{_NAMES})\b)(?!\s+of\b)
    | \b\d[\d.,]*\s?k\s+(?:a|per)\s+year\b
    """,
    re.VERBOSE,
)
_EXAMPLE = re.compile(
    r"^##[ \t]+Example[ \t\r]*\n.*?(?=^##[ \t]|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE
)
_MARKET = re.compile(
    r"\b(?:tokens?|APIs?|GPUs?|models?|salar(?:y|ies)|wages?|earns?|paid|subscriptions?|licen[cs]es?|"
    r"(?:a|per)\s+(?:month|year|seat))\b",
    re.IGNORECASE,
)
"""Words next to an amount that a market sets, and will set again."""

_MONEY = frozenset(
    [*_CODES.casefold().split("|"), "rs", "year"]
    + [name for each in _NAMES.split("|") for name in (each.replace("?", ""), each.replace("s?", ""))]
)
_NOW = Phrases(
    (
        *("currently", "recently", "nowadays", "these days", "state of the art", "most recently"),
        *("at the time of writing", "at present", "up-to-date", "in recent years"),
        *("in recent months", "this year", "last year", "next year", "today's models", "now that"),
    )
)
_NEWEST = re.compile(
    r"(?:latest|newest|most[ \t\r\n]+recent)\b"
    r"(?![- \t\r\n]+(?:[a-z]+[ \t\r\n]+)?(?:tokens?|messages?|turns?|"
    r"questions?|inputs?|words?|steps?|values?|requests?|repl(?:y|ies)|answers?|entr(?:y|ies)|checkpoints?|"
    r"lines?|rows?|items?|records?|observations?|results?|runs?|data|documents?|first)\b)(?!\s+first\b)"
)
_AS_OF = re.compile(
    r"as\s+of\s+(?:now|today|yet|this|writing|late|early|mid|the\s+(?:time|moment|date|end|start)|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\d)"
)
_MOMENT = re.compile(r"at\s+the\s+moment\b(?!\s+(?:of|when|that))")
_MODEL = re.compile(
    r"""\b(?:
        (?:GPT|Claude(?:\s+(?:Instant|Opus|Sonnet|Haiku))?|L[Ll]a[Mm][Aa]|Gemini(?:\s+(?:Pro|Ultra|Flash|Nano))?
          |Gemma|Mistral(?:\s+(?:Large|Small|Medium))?|Mixtral|Qwen|DeepSeek|Phi|PaLM|Grok|Falcon|OLMo|Command\s+R
          |Stable\s+Diffusion|DALL[-·]E|Midjourney|Whisper|ERNIE|Codex)
        [\s-]?(?:[vVR]-?)?\d+(?:\.\d+)*[A-Za-z]*
      | o[1-9]-(?:mini|pro|preview)
    )\b""",
    re.VERBOSE,
)
_FAMILIES = (
    "gpt claude llama gemini gemma mistral mixtral qwen deepseek phi palm grok falcon olmo command diffusion "
    "dall midjourney whisper ernie codex mini pro preview"
)
_FAMILY_WORDS = frozenset(_FAMILIES.split())


def check_staleness(pages: Iterable[ContentPage]) -> Iterator[Problem]:
    """Find claims that time makes wrong although the file stays the same."""
    for page in pages:
        for match in _YEAR.finditer(page.claims, page.body) if "19" in page.low or "20" in page.low else ():
            fix = "write what happened and let `sources` carry the year"
            yield page.problem(match.start(), STALE_YEAR, f"the year {match[0]}", fix)
        if page.words & _MONEY or any(sign in page.claims for sign in _SIGNS):
            for match in _find_prices(page):
                message = f"the amount “{' '.join(match[0].split())}”"
                yield page.problem(
                    match.start(), STALE_PRICE, message, "give a ratio or a way to work it out"
                )
        for match in _find_now(page):
            message = f"“{' '.join(page.claims[match.start() : match.end()].split())}”"
            yield page.problem(
                match.start(), STALE_NOW, message, "write it without the moment, or leave it out"
            )
        if page.words & _FAMILY_WORDS:
            for match in _MODEL.finditer(page.claims):
                fix = "name the kind of model, or the ability that matters"
                yield page.problem(match.start(), STALE_MODEL, f"the model version “{match[0]}”", fix)


def _find_prices(page: ContentPage) -> Iterator[re.Match[str]]:
    """List amounts of money; in an invented example only those that a market sets."""
    example = _EXAMPLE.search(page.claims, page.body)
    for match in _PRICE.finditer(page.claims):
        if example and example.start() < match.start() < example.end():
            start = page.claims.rfind("\n", 0, match.start()) + 1
            end = page.claims.find("\n", match.end())
            if not _MARKET.search(page.claims, start, end if end > 0 else len(page.claims)):
                continue
        yield match


def _find_now(page: ContentPage) -> Iterator[re.Match[str]]:
    yield from _NOW.find(page)
    if not page.words.isdisjoint(("latest", "newest", "recent")):
        yield from find_whole(_NEWEST, page.low)
    if {"as", "of"} <= page.words:
        yield from find_whole(_AS_OF, page.low)
    if "moment" in page.words:
        yield from find_whole(_MOMENT, page.low)
