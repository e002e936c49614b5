"""Normalize links: `url` to link to, `url_key` to compare whether two lead to the same page. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import unquote, urlsplit, urlunsplit

from url_normalize import url_normalize

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


@lru_cache(maxsize=20_000)
def normalize_url(url: str) -> str:
    """Normalize an absolute http or https link and remove trackers; empty when it is anything else.

    The query is sorted by name; values of one name keep their order. A fragment stays only when it names an
    entry of a changelog (a date or version) or a page of an application (`#/…`).
    """
    url = url.strip()
    if len(url) > LONGEST or _INVISIBLE.search(url) or not _AUTHORITY.match(url):
        return ""
    # Kept apart, because url-normalize would turn `#!/page` into a parameter.
    bare, _, fragment = url.partition("#")
    try:
        normal = url_normalize(bare, default_scheme="https") or ""
        parts = urlsplit(normal)
        has_host = bool(_HOST.fullmatch(parts.hostname or "")) and parts.port != 0
    except (ValueError, IndexError, UnicodeError):  # what urllib and idna raise for impossible hosts
        return ""
    if parts.scheme not in SCHEMES or not has_host or parts.username is not None:
        return ""
    fragment = fragment if _ENTRY.fullmatch(fragment) else ""
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", _clean_query(parts.query), fragment))


def make_url_key(url: str) -> str:
    """Return a key that is equal for all spellings of a link; empty when it is not an http or https link.

    The key is the normalized link with https, without `www.` and without slashes at the end of its path. It
    is not necessarily a link that works.
    """
    normal = normalize_url(url)
    if not normal:
        return ""
    parts = urlsplit(normal)
    host = parts.netloc.removesuffix(":443") if parts.scheme == "http" else parts.netloc
    while host.startswith("www.") and "." in host.removeprefix("www."):
        host = host.removeprefix("www.")
    return urlunsplit(("https", host, parts.path.rstrip("/"), parts.query, parts.fragment))


def find_host(url: str) -> str:
    """Return the host of a link, which may lack its scheme, without `www.`; empty when it has none."""
    try:
        host = urlsplit(url if "://" in url else f"https://{url}").hostname
    except ValueError:
        return ""
    return (host or "").removeprefix("www.")


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
