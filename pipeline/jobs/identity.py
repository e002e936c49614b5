"""Decide which postings are the same job: by company, title and place, in any spelling. Pure.

Never by the link: different jobs share one careers page, and one job is on several boards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from hashlib import blake2b

from pipeline.content.slugs import make_slug

_LEGAL_FORMS = frozenset(
    """ab ag as asa bv co company corp corporation gmbh inc incorporated kft kg kk limited llc llp lp ltd nv
    oy oyj plc pte pty pvt sa sarl sas se sl spa sro srl ug""".split()  # noqa: SIM905 - a list of words reads better so
)
_JOINING = frozenset(("and", "the"))
_SPELLED = {"sr": "senior", "snr": "senior", "jr": "junior", "jnr": "junior", "mgr": "manager"} | {
    roman: str(number) for number, roman in enumerate(("ii", "iii", "iv"), 2)
}
_MODES = frozenset(("anywhere", "gender", "genders", "gn", "hybrid", "onsite", "remote", "remotely"))
_NOISE = _MODES | frozenset(("100", "all", "any", "fully", "optional", "or", "possible"))
_LEVELS = frozenset(("senior", "junior"))
_COUNTRIES = frozenset(
    """at,au,be,br,ch,cz,de,dk,es,fi,fr,gb,gr,hu,ie,it,jp,kr,mx,nl,no,nz,pl,pt,ro,se,sg,uk,u k,us,usa,za
    u s,u s a,australia,austria,belgium,brazil,canada,croatia,czech republic
    denmark,deutschland,espana,estonia,finland
    france,germany,greece,hungary,india,ireland,israel,italia,italy,japan,latvia,lithuania,luxembourg,mexico
    netherlands,new zealand,norway,osterreich,poland,portugal,romania,schweiz,singapore,slovakia,slovenia
    south africa,south korea,spain,suisse,sweden,switzerland,the netherlands,turkey,uae,ukraine
    united arab emirates,united kingdom,united states,united states of america""".replace(
        "\n    ", ","
    ).split(",")
)
"""Countries, which add nothing after a town; of codes that are also states of the USA only `DE`."""

_ON_SITE = re.compile(r"\b(?:on[- ]site|in[- ]office)\b")
_GENDERS = re.compile(r"(?<!\w)[mwfhdx](?:\s?[/|*]\s?(?:[mwfhdx]|diverse?|div|nb|non-?binary))+(?!\w)")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}|\b(?:[^\W\d_]/){1,}[^\W\d_]\b")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc]")
_PARTS = re.compile(r"\s[-\u2010-\u2015]+\s|[(){}\[\],;:|/\u2013\u2014]")
_WORD = re.compile(r"[^\W_]+[+#]*")
_ACCENTS = re.compile("[\u0300-\u036f]")


def job_key(company: str, title: str, place: str) -> str:
    """Return the key of a job, the same for every spelling; idempotent."""
    return "\0".join((normalize_company(company), normalize_title(title), normalize_place(place)))


def job_id(key: str) -> str:
    """Return the id of a job's item for its key."""
    return blake2b(f"job\0{key}".encode("utf-8", "replace"), digest_size=10).hexdigest()


def company_slug(company: str) -> str:
    """Return a slug of a company; without Latin letters a hash of its name."""
    name = normalize_company(company)
    return make_slug(name) or blake2b(name.encode("utf-8", "replace"), digest_size=4).hexdigest()


def normalize_company(name: str) -> str:
    """Normalize a company's name for comparison: words alone, without the legal form at its end."""
    folded = _APOSTROPHES.sub("", _fold(name))
    words = _WORD.findall(
        _INITIALS.sub(lambda found: re.sub("[./]", "", found[0]), folded).replace("&", " and ")
    )
    while len(words) > 1 and (words[-1] in _LEGAL_FORMS or words[-1] in _JOINING):
        words.pop()
    return " ".join(words)


def normalize_title(title: str) -> str:
    """Normalize a job's title for comparison: no `(m/w/d)` or `(Remote)`, `II` as `2`, `Sr.` as `senior`."""
    return _until_stable(_shorten_title, title)


def _shorten_title(title: str) -> str:
    parts = _list_parts(_GENDERS.sub(" ", _fold(title)).replace("&", " and "))
    levels: set[str] = set()
    words: list[str] = []
    for part in ([_SPELLED.get(word, word) for word in part] for part in parts):
        if _LEVELS.issuperset(part):
            levels.update(part)
        else:
            words += part
    words = _without_genders(words) or words
    for end in (0, -1):
        while words and words[end] in _LEVELS:
            levels.add(words.pop(end))
    return " ".join((*sorted(levels), *words))


def _without_genders(words: list[str]) -> list[str]:
    kept: list[str] = []
    for word in words:
        if word in ("gender", "genders") and kept and kept[-1] in ("all", "any"):
            kept.pop()
        else:
            kept.append(word)
    return kept


def normalize_place(place: str) -> str:
    """Normalize a place for comparison: words alone, no country after a town, no words for remote work."""
    return _until_stable(_shorten_place, place)


def _shorten_place(place: str) -> str:
    parts = _list_parts(_fold(place))
    while " ".join(parts[-1] if parts else ()) in _COUNTRIES and not _is_empty(parts[:-1]):
        parts.pop()
    return "" if _is_empty(parts) else " ".join(word for part in parts for word in part)


def _until_stable(shorten: Callable[[str], str], text: str) -> str:
    """Shorten a text until nothing changes: what is left out may bring words together, as in `on: site`."""
    while (shorter := shorten(text)) != text:
        text = shorter
    return text


def _is_empty(parts: list[list[str]]) -> bool:
    return all(_NOISE.issuperset(part) for part in parts)


def _list_parts(text: str) -> list[list[str]]:
    """Return the words of each part of a text, without parts about remote work or gender alone."""
    bare = _ON_SITE.sub("onsite", _APOSTROPHES.sub("", text))
    parts = [words for part in _PARTS.split(bare) if (words := _WORD.findall(part))]
    return [part for part in parts if not _is_noise(part)] or parts


def _is_noise(words: list[str]) -> bool:
    return set(words) <= _NOISE and bool(set(words) & _MODES)


def _fold(text: str) -> str:
    """Fold case, width and the accents of Latin letters."""
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", once))
    return unicodedata.normalize("NFKC", plain).casefold()
