"""What the name of a column says: which field it is, and whether it speaks of consent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

import re2

from subscribers.importing.words import compact, read_data, state_words

FIELDS: Mapping[str, tuple[str, ...]] = {
    "email": (
        *("email", "email address", "business email", "mail", "work email", "primary email", "contact email"),
        *("subscriber email", "user email", "member email", "attendee email", "customer email", "your email"),
        *(
            "e mail adresse",
            "mailadresse",
            "adresse e mail",
            "adresse mail",
            "courriel",
            "correo",
            "correo electronico",
        ),
        *(
            "direccion de correo electronico",
            "endereco de email",
            "indirizzo email",
            "posta elettronica",
            "emailadres",
        ),
        *("epost", "e postadress", "email 1 value", "your email address"),
    ),
    "name": (
        *(
            "name",
            "full name",
            "display name",
            "subscriber name",
            "your name",
            "your full name",
            "contact name",
        ),
        *(
            "vollständiger name",
            "nom complet",
            "nombre completo",
            "nome completo",
            "volledige naam",
            "naam",
            "namn",
        ),
    ),
    "first name": (
        *(
            "first name",
            "given name",
            "fname",
            "vorname",
            "prénom",
            "nombre",
            "primeiro nome",
            "nome proprio",
        ),
        *("voornaam", "förnamn", "firstname"),
    ),
    "last name": (
        *(
            "last name",
            "surname",
            "family name",
            "lname",
            "nachname",
            "familienname",
            "nom de famille",
            "nom",
        ),
        *("apellido", "apellidos", "sobrenome", "cognome", "achternaam", "efternamn"),
    ),
    "tags": ("tags", "tag", "labels", "schlagwörter", "étiquettes", "etiquetas", "etichette", "etiketter"),
    "consent date": (
        *(
            "consent date",
            "date joined",
            "date of consent",
            "joined",
            "joined at",
            "join date",
            "signup date",
        ),
        *(
            "sign up date",
            "signed up at",
            "subscription date",
            "subscribed at",
            "subscribe date",
            "subscribed on",
        ),
        *("date subscribed", "angemeldet am", "anmeldedatum", "eingetragen am", "date d'inscription"),
        *(
            "fecha de alta",
            "fecha de suscripción",
            "data de inscrição",
            "data di iscrizione",
            "data iscrizione",
        ),
        *("inschrijfdatum", "aangemeld op", "registreringsdatum", "anmäld"),
    ),
}
"""The columns that an import uses, and their names, the preferred name first."""

_STATUS_KINDS = (
    *(
        "subscription",
        "subscriber",
        "member",
        "membership",
        "mailing",
        "marketing",
        "consent",
        "permission",
        "optin",
    ),
    *(
        "opt in",
        "list",
        "delivery",
        "deliverability",
        "attendee",
        "group",
        "audience",
        "abo",
        "email marketing",
    ),
    *("abonnement", "suscripcion", "iscrizione", "inscricao", "prenumeration", "lists"),
)
_STATUS = (
    "status",
    "state",
    "estado",
    "statut",
    "etat",
    "stato",
    "tillstand",
    "situacao",
    "estatus",
    "zustand",
)
_REFERENCE = re.compile(r"\b(?:ids?|ip|uuid|guid|url|links?|token|hash|ip address)$")
STATE_WORD_CHARS = 5
"""Shorter words of a state, such as "no", are parts of speech in a name."""
FORM_QUESTION_WORDS = 4
"""A name of so many words is a question of a form; its yes and no may be a consent."""


def find_field(name: str) -> str:
    """Return the field of a column's name; empty when it is none of FIELDS."""
    return _fields().get(compact(name), "")


def rank_in_field(name: str) -> int:
    """Return the place of a name among those of its field: 0 is the preferred one."""
    field = find_field(name)
    return [compact(each) for each in FIELDS[field]].index(compact(name))


@cache
def _fields() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for field, names in FIELDS.items():
        for name in names:
            found.setdefault(compact(name), field)
    return found


def is_status_name(name: str) -> bool:
    """Return whether a column by this name can hold the state of a subscription: `Status`, `Email state`."""
    return bool(_status_pattern().fullmatch(compact(name)))


def is_place_name(name: str) -> bool:
    """Return whether a column by this name may hold states of a country: `State`."""
    return compact(name) in {"state", "estado", "etat", "stato", "zustand"}


def find_flag(name: str) -> str:
    """Return what a name that is understood as a whole means, such as `opted-out` or `bounced`; or empty."""
    found = compact(name)
    for kind, pattern in _flag_patterns().items():
        if pattern.fullmatch(found):
            return "opted-out" if kind == "unsubscribed" else kind
    return ""


def is_other_channel(name: str) -> bool:
    """Return whether a name is about calls or texts and not about mail."""
    words = set(_words(name))
    mails = any(part in compact(name) for part in ("mail", "newsletter", "letter"))
    return bool(words & _other_channels()) and not mails


def smells_of_consent(name: str) -> bool:
    """Return whether a name may speak of consent, in any of the eight languages."""
    found = compact(name)
    if any(part in found for part in _smells("anywhere")):
        return True
    words = set(_words(name))
    if words & _smells("measured"):
        words -= _smells("activity")
    return bool(words & _smells("word")) or any(
        state_words().get(word, 0) > 0 for word in words if len(word) >= STATE_WORD_CHARS
    )


def is_question(name: str) -> bool:
    """Return whether a name is a question of a form."""
    return name.rstrip().endswith("?") or len(name.split()) >= FORM_QUESTION_WORDS


def is_about_mail(name: str) -> bool:
    """Return whether a name may be about what somebody is sent: their answers to it are asked about."""
    found = compact(name)
    return any(part in found for part in _smells("about mail"))


def is_reference(name: str) -> bool:
    """Return whether a name is of an id, a link or a network address, such as `OPTIN_IP`."""
    return bool(_REFERENCE.search(" ".join(_words(name))))


def find_spoken_value(cells: Iterable[str]) -> str:
    """Return a cell that speaks of consent by itself, such as `Unsubscribed 2024`; empty when none does."""
    text = "\n".join(cells).replace(",", "\n").replace(";", "\n").replace("|", "\n")
    match = _spoken().search(text)
    return match[0].strip() if match else ""


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    parts = re.split(r"[\W_]+", f"{spaced} {name}")
    return [compact(part) for part in parts if part]


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    return read_data("consent_columns.toml")  # type: ignore[return-value] # the shape of our own file


@cache
def _smells(kind: str) -> frozenset[str]:
    return frozenset(map(compact, _data()["smells"][kind]))


@cache
def _other_channels() -> frozenset[str]:
    return frozenset(map(compact, _data()["words"]["other_channels"]))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted({re.escape(compact(word)) for word in words}, key=len, reverse=True))


@cache
def _flag_patterns() -> Mapping[str, re2._Regexp]:
    around = f"(?:{_any_of(_data()['words']['around'])})*"
    # Denials before grants: "not active" is none of ours, "email opt out" must not be found as "opt".
    order = ("suppressed", "complained", "bounced", "unsubscribed", "confirmed", "opted-in")
    return {
        kind: re2.compile(f"{around}(?:{_any_of(_data()['understood'][kind])}){around}") for kind in order
    }


@cache
def _status_pattern() -> re2._Regexp:
    around = _any_of((*_data()["words"]["around"], *_STATUS_KINDS))
    return re2.compile(f"(?:{around})*(?:{_any_of(_STATUS)})(?:{around})*")


@cache
def _spoken() -> re2._Regexp:
    starts, whole = "|".join(_data()["values"]["starts"]), "|".join(_data()["values"]["whole"])
    return re2.compile(rf"(?im)^[ \t\"'*]*(?:(?:{starts})\b.*|(?:{whole})[ \t\"'.!*]*$)")
