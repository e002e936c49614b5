"""Normalize links: `url` to link to, `url_key` to compare whether two lead to the same page. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

SCHEMES = ("http", "https")
LONGEST = 2_000
"""Longer links are refused: mail programs and old servers cut them."""

_TRACKERS_BY_USE = {
    "click id of Facebook": "fbclid fb_action_ids fb_action_types",
    "where a Facebook share came from": "fb_ref fb_source",
    "share id of the Facebook apps": "mibextid",
    "share id of Instagram": "igsh igshid",
    "click id of Google Ads": "gclid gclsrc",
    "click id of Google Display": "dclid",
    "click id of Google Ads on iOS": "gbraid wbraid",
    "result id of Google Shopping": "srsltid",
    "visitor of Google Analytics, carried between hosts": "_ga _gl",
    "click id of Microsoft Advertising": "msclkid",
    "click id of Twitter": "twclid",
    "where a Twitter embed was seen": "ref_src ref_url",
    "Twitter's note that it showed a page": "__twitter_impression",
    "click id of TikTok": "ttclid",
    "click id of LinkedIn": "li_fat_id",
    "click id of Reddit": "rdt_cid",
    "click id of Yandex": "yclid ysclid",
    "campaign of Openstat": "_openstat",
    "campaign of Mailchimp": "mc_cid",
    "reader of Mailchimp": "mc_eid",
    "reader of Marketo": "mkt_tok",
    "reader of Kit": "ck_subscriber_id",
    "reader of MailerLite": "ml_subscriber ml_subscriber_hash",
    "reader of beehiiv": "_bhlid",
    "reader of Klaviyo": "_kx _ke",
    "reader of Drip": "__s",
    "reader of Vero": "vero_conv vero_id",
    "reader of Omeda": "oly_anon_id oly_enc_id",
    "click id of Rocketbolt": "rb_clickid",
    "campaign of Adobe Analytics": "s_cid",
    "click id of Wicked Reports": "wickedid",
    "campaign of Matomo when it was Piwik": "pk_campaign pk_content pk_keyword pk_kwd pk_medium pk_source",
    "campaign of AT Internet": "xtor",
    "Yahoo's count of consent pages shown": "guccounter",
    "where a Yahoo consent page was left": "guce_referrer guce_referrer_sig",
}
TRACKERS: Mapping[str, str] = MappingProxyType(
    {name: use for use, names in _TRACKERS_BY_USE.items() for name in names.split()}
)
"""Parameters that never change a page, by their whole name, and what each is for."""

TRACKER_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "utm_": "campaign, as Google Analytics names it",
        "mtm_": "campaign of Matomo",
        "matomo_": "campaign of Matomo",
        "piwik_": "campaign of Matomo when it was Piwik",
        "hsa_": "click of HubSpot Ads",
        "_hs": "reader of HubSpot",
        "__hs": "visitor of HubSpot",
        "_branch_": "click id of Branch",
    }
)
"""Prefixes of such parameters."""

TRACKER_VALUES: Mapping[str, str] = MappingProxyType({"source": "rss"})
"""Parameters that track only with this prefix of the value: Medium adds `source=rss----…` in feeds."""

# A changelog is one page whose anchors are its entries; without them all of it would be one link, used once.
_ENTRY = re.compile(
    r"[\w.-]*(?:\d{4}-\d{1,2}-\d{1,2}|\d+[.-]\d+[.-]\d+|v\d+[.-]\d+)[\w.-]*|!?/[\w./%-]+", re.ASCII
)
LOOKS_LIKE_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
"""Words that readers take for an address."""

_AUTHORITY = re.compile(r"https?://[^/?#\s\\]+", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]+:[0-9a-f:.]*")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


_WORD = r"[A-Za-z0-9_.~:/?@!$'()*+,;-]*"
_PAIR = rf"{_WORD}(?:={_WORD})?"
_PLAIN = re.compile(
    r"(https?)://([a-z0-9]+(?:[.-][a-z0-9]+)*)"
    rf"((?:/[A-Za-z0-9_~:@!$&'()*+,;=-][A-Za-z0-9_.~:@!$&'()*+,;=-]*)*/?)(?:\?({_PAIR}(?:&{_PAIR})*))?"
)
"""Links that url-normalize leaves as they are: most of them, at a thirtieth of its cost (measured)."""
_LABEL = 63
"""Characters of a label at most (RFC 1035, section 2.3.4); a host that is no longer has no longer label."""


def normalize_url(url: str) -> str:
    """Normalize an absolute http or https link and remove trackers; empty when it is anything else.

    The query is sorted by name; values of one name keep their order. A fragment stays only when it names an
    entry of a changelog (a date or version) or a page of an application (`#/…`).
    """
    parts = _split(url)
    return _join(*parts) if parts is not None else ""


def make_url_key(url: str) -> str:
    """Return a key that is equal for all spellings of a link; empty when it is not an http or https link.

    The key is the normalized link with https, without `www.` and without slashes at the end of its path. It
    is not necessarily a link that works.
    """
    parts = _split(url)
    if parts is None:
        return ""
    scheme, host, path, query, fragment = parts
    if scheme == "http":
        host = host.removesuffix(":443")
    while host.startswith("www.") and "." in host.removeprefix("www."):
        host = host.removeprefix("www.")
    return _join("https", host, path.rstrip("/"), query, fragment)


def _join(scheme: str, host: str, path: str, query: str, fragment: str) -> str:
    query, fragment = query and f"?{query}", fragment and f"#{fragment}"
    return f"{scheme}://{host}{path}{query}{fragment}"


def _split(url: str) -> tuple[str, str, str, str, str] | None:
    """Split a link into scheme, host with port, path, query and fragment, all normalized."""
    url = url.strip()
    if len(url) > LONGEST or _INVISIBLE.search(url) or not _AUTHORITY.match(url):
        return None
    # Kept apart, because url-normalize would turn `#!/page` into a parameter.
    bare, _, fragment = url.partition("#")
    if (plain := _PLAIN.fullmatch(bare)) and len(plain[2]) <= _LABEL:
        scheme, host, path, query = plain.groups("")
    else:
        from url_normalize import url_normalize  # noqa: PLC0415 - most links are plain

        try:
            parts = urlsplit(url_normalize(bare, default_scheme="https") or "")
            has_host = bool(_HOST.fullmatch(parts.hostname or "")) and parts.port != 0
        except (ValueError, IndexError, UnicodeError):  # what urllib and idna raise for impossible hosts
            return None
        if parts.scheme not in SCHEMES or not has_host or parts.username is not None:
            return None
        scheme, host, path, query, _ = parts
    query = _clean_query(query) if query else ""
    return scheme, host, path or "/", query, fragment if _ENTRY.fullmatch(fragment) else ""


def is_plain_link(url: str) -> bool:
    """Check for a link to the web in plain characters, without a port or a fragment; most links are such."""
    return len(url) <= LONGEST and bool(_PLAIN.fullmatch(url))


def find_host(url: str) -> str:
    """Return the host of a link, which may lack its scheme, without `www.`; empty when it has none."""
    if plain := _PLAIN.fullmatch(url):
        return plain[2].removeprefix("www.")
    try:
        host = urlsplit(url if "://" in url else f"https://{url}").hostname
    except ValueError:
        return ""
    return (host or "").removeprefix("www.")


def is_local_host(host: str) -> bool:
    """Check whether a host is this machine, a name of the local network, or a bare number."""
    if host == "localhost" or host.endswith((".localhost", ".local")):
        return True
    if not (host[-1:].isdigit() or ":" in host):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_tracker(name: str, value: str = "") -> bool:
    """Check whether a parameter of a query only tracks where a reader came from."""
    name = unquote(name).casefold()
    if name in TRACKERS or name.startswith(tuple(TRACKER_PREFIXES)):
        return True
    return name in TRACKER_VALUES and unquote(value).casefold().startswith(TRACKER_VALUES[name])


def _clean_query(query: str) -> str:
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    kept = [pair for pair in pairs if not is_tracker(pair[0], pair[2])]
    return "&".join("".join(pair) for pair in sorted(kept, key=lambda pair: pair[0]))
