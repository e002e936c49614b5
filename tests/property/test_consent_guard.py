"""Nobody whose consent a list denies becomes active: the list is understood, or it is asked about."""

import io
import unicodedata
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from subscribers.importing.read_row import RowReader, RowWishes
from subscribers.importing.roles import ListOptions
from subscribers.importing.understanding import understand
from subscribers.importing.words import ConsentVerdict
from subscribers.sheets.opening import open_table

NOW = datetime(2026, 12, 1, tzinfo=UTC)

YES = ("yes", "Y", "true", "1", "x", "ja", "oui", "sí", "si", "sim", "vero", "waar", "sant")
NO = ("no", "N", "FALSE", "0", "nein", "non", "não", "nee", "nej", "falso")
DENYING = (
    *(
        "Unsubscribed",
        "unsubscribed at",
        "Opt out",
        "Email opt-out",
        "Has opted out of email",
        "Do not email",
    ),
    *("do not contact", "Do not mail", "Blacklisted", "Blocklisted", "Suppressed", "Bounced", "hard bounced"),
    *(
        "Complained",
        "Marked as spam",
        "Spam complaint",
        "Deleted at",
        "Disabled",
        "email disabled",
        "Suspended",
    ),
    *(
        "Deactivated",
        "Cancelled",
        "Abgemeldet",
        "Abgemeldet am",
        "Ausgetragen",
        "Gesperrt",
        "Désabonné",
        "Désinscrit",
    ),
    *(
        "Ne pas contacter",
        "Dado de baja",
        "Baja",
        "Desuscrito",
        "Descadastrado",
        "Não contatar",
        "Disiscritto",
    ),
    *(
        "Non contattare",
        "Uitgeschreven",
        "Afgemeld",
        "Niet mailen",
        "Avregistrerad",
        "Avprenumererad",
        "Kontakta ej",
    ),
    *(
        "Gelöscht am",
        "Unsubscribe from newsletter",
        "Contact has unsubscribed",
        "No longer wants mails (unsubscribe)",
    ),
)
GRANTING = (
    *(
        "Opted in",
        "Accepts marketing",
        "Accepts Email Marketing",
        "Marketing consent",
        "Subscribed",
        "Consent",
    ),
    *(
        "GDPR consent",
        "Newsletter",
        "Confirmed",
        "Email verified",
        "Active",
        "Subscribed to Weekly",
        "Permission",
    ),
    *(
        "May we write to you?",
        "Would you like to receive our newsletter?",
        "Einwilligung",
        "Newsletter erwünscht",
    ),
    *(
        "Bestätigt",
        "Dürfen wir Ihnen schreiben?",
        "Consentement",
        "Accepte la newsletter",
        "Confirmé",
        "Acepta correos",
    ),
    *("Consentimiento", "Aceita receber emails", "Consenso marketing", "Iscritto", "Toestemming", "Samtycke"),
    *(
        "Bevestigd",
        "Prenumererar",
        "Wilt u de nieuwsbrief ontvangen?",
        "Får vi skicka nyhetsbrev?",
        "Souhaitez-vous recevoir nos nouvelles ?",
    ),
)
STATES = (
    "Status",
    "State",
    "Email status",
    "subscription_status",
    "Statut",
    "Estado",
    "Stato",
    "Subscriber state",
    "List status",
)
GONE = (
    *(
        "Unsubscribed",
        "opted out",
        "Bounced",
        "hard_bounce",
        "spam",
        "complained",
        "blocked",
        "suppressed",
        "deleted",
    ),
    *(
        "inactive",
        "cancelled",
        "removed",
        "pending",
        "unconfirmed",
        "invited",
        "abgemeldet",
        "gekündigt",
        "désabonné",
    ),
    *(
        "désinscrit",
        "baja",
        "dado de baja",
        "descadastrado",
        "disiscritto",
        "uitgeschreven",
        "afgemeld",
        "avregistrerad",
    ),
    *("zombie", "on holiday until further notice", "???"),
)
FINE = ("active", "subscribed", "Aktiv", "actif", "activo", "ativo", "attivo", "actief")
DATES = ("2024-02-01", "01.02.2024", "2024-02-01T10:00:00Z", "1706781600", "Feb 1, 2024")
OTHER = (
    ("Name", "Ada"),
    ("Company", "Acme"),
    ("City", "Berlin"),
    ("Notes", "met at a fair"),
    ("Phone", "+49 1"),
    ("Plan", "free"),
)


def respelled(draw, text):
    """Write a name another way: its case, accents and blanks."""
    if draw(st.booleans()):
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    blank = draw(st.sampled_from([" ", "_", "-", "", "  "]))
    form = draw(st.sampled_from([str.upper, str.lower, str.title, str, random_case(draw)]))
    return form(blank.join(text.split()))


def random_case(draw):
    bits = draw(st.lists(st.booleans(), min_size=8, max_size=8))
    return lambda text: "".join(c.upper() if bits[n % 8] else c.lower() for n, c in enumerate(text))


@st.composite
def lists(draw):
    """A list in which the last row says no, in one column among others."""
    kind = draw(st.sampled_from(["denying", "granting", "state"]))
    if kind == "denying":
        name = draw(st.sampled_from(DENYING))
        fine, gone = draw(st.sampled_from([*NO, ""])), draw(st.sampled_from([*YES, *DATES]))
    elif kind == "granting":
        name, fine, gone = (
            draw(st.sampled_from(GRANTING)),
            draw(st.sampled_from(YES)),
            draw(st.sampled_from(NO)),
        )
    else:
        name, fine = draw(st.sampled_from(STATES)), draw(st.sampled_from(FINE))
        gone = draw(st.sampled_from(GONE))
    columns = [
        ("Email", "ok@example.org", "gone@example.org"),
        (respelled(draw, name), fine, respelled(draw, gone)),
    ]
    columns += [
        (each, cell, cell) for each, cell in draw(st.lists(st.sampled_from(OTHER), unique=True, max_size=4))
    ]
    columns = draw(st.permutations(columns))
    return "\n".join(";".join(f'"{cell}"' for cell in row) for row in zip(*columns, strict=True)) + "\n"


@examples(150)
@given(lists())
def test_nobody_becomes_active_whose_consent_a_column_denies(text):
    with open_table(io.BytesIO(text.encode())) as table:
        reading = understand(table, ListOptions(), NOW)
        reader = RowReader(reading, RowWishes(), NOW)
        *_, last = list(table)
        assert reading.questions or reader.judge(last.cells).verdict > ConsentVerdict.PAUSED
        for question in reading.questions:
            assert question.choices
