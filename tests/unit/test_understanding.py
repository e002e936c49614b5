"""What the columns of lists of unknown tools are: what is understood, and what is asked about."""

import io
from datetime import UTC, datetime

import pytest

from subscribers.errors import UnreadableImport
from subscribers.importing.dates import DateOrder, OrderEvidence, parse_date
from subscribers.importing.read_row import RowReader, RowWishes
from subscribers.importing.roles import ListOptions
from subscribers.importing.understanding import understand
from subscribers.sheets.opening import open_table

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def judge(text, name="list.csv", **options):
    """Return the words of the rows of a list, and the columns that are asked about."""
    with open_table(io.BytesIO(text.encode()), name=name) as table:
        reading = understand(table, ListOptions(**options), NOW)
        reader = RowReader(reading, RowWishes(), NOW)
        words = [reader.judge(row.cells).verdict.word for row in table]
    return words, [question.column for question in reading.questions]


def people(header, *cells):
    return f"email,{header}\n" + "".join(f"r{n}@example.org,{cell}\n" for n, cell in enumerate(cells))


@pytest.mark.parametrize(
    ("header", "cells", "words"),
    [
        ("HasOptedOutOfEmail", ["0", "1", ""], "active unsubscribed active"),
        ("EmailBouncedDate", ["", "2020-01-01T00:00:00Z"], "active bounced"),
        ("unsubscribed", ["WAHR", "FALSCH"], "unsubscribed active"),
        ("unsubscribed", ["1.0", "0.0", "maybe"], "unsubscribed active unknown"),
        (
            "unsubscribed_at",
            ["NULL", "1706781600", "0000-00-00 00:00:00", "##"],
            "active unsubscribed active unknown",
        ),
        ("unsubscribe_from_marketing_emails", ["false", "true"], "active unsubscribed"),
        ("Aktiv", ["1", "0", ""], "active unsubscribed no consent"),
        ("Confirmed at", ["2020-01-01", ""], "active pending"),
        (
            "Email Subscriber Status",
            ["Subscribed", "Never subscribed", "Not Set"],
            "active unsubscribed unknown",
        ),
        ("Status", ["Confirmed", "NotConfirmed", "Bounced"], "active pending bounced"),
        (
            "Status",
            ["active", "yes please", "on holiday", "no thanks"],
            "active unknown unknown unsubscribed",
        ),
        ("Status", ["active", "active; bounced"], "active bounced"),
        ("subscriber_type", ["regular", "unsubscribed"], "active unsubscribed"),
        ("Newsletter", ["Ja gerne", "ja", "Nein danke", "nein"], "active active unsubscribed unsubscribed"),
        ("date left", ["", "1.2.2020"], "active unsubscribed"),
        ("State", ["ON", "BC"], "active active"),
        ("State", ["TX", "active", "unsubscribed"], "unknown active unsubscribed"),
        ("Vegetarian", ["yes", "no"], "active active"),
        ("SMS consent", ["no", "no"], "active active"),
        ("OPTIN_IP", ["1.2.3.4", "1.2.3.5"], "active active"),
        ("Reason", ["BOUNCE", "COMPLAINT"], "bounced complained"),
        ("Last active", ["2024-01-01", "2024-02-01"], "active active"),
        ("EMAIL_BLACKLIST", ["No", "Yes"], "active suppressed"),
        ("smsBlacklisted", ["true", "false"], "active active"),
    ],
)
def test_a_column_is_understood(header, cells, words):
    found, asked = judge(people(header, *cells))
    assert (" ".join(found), asked) == (words, [])


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("status", ["C", "S", "U"]),
        ("status", ["1", "2", "-1"]),
        ("Lead Status", ["New", "Open"]),
        ("IsExcludedFromCampaigns", ["true", "false"]),
        ("eu_consent", ["granted", "denied", "unknown"]),
        ("Subscribed to Weekly", ["yes", "no"]),
        ("Abo", ["ja", "nein"]),
        ("Möchten Sie Post von uns?", ["ja", "nein"]),
        ("Newsletter", ["I want the newsletter", ""]),
        ("Austrittsdatum", ["", "1.2.2020"]),
        ("Tags", ["vip", "vip;unsubscribed"]),
        ("Notes", ["met at a fair", "Abgemeldet per Telefon"]),
        ("Kennung", ["bounced", "active"]),
        ("error", ["No such mailbox", ""]),
        ("not unsubscribed", ["yes", "no"]),
        ("Opted in", ["", ""]),
    ],
)
def test_a_column_is_asked_about(header, cells):
    _, asked = judge(people(header, *cells))
    assert asked == [header]
    _, asked = judge(people(header, *cells), ignored=[header])
    assert asked == []


def test_the_answers_are_understood():
    tags = people("Tags", "vip", '"vip;unsubscribed"', "Unsubscribed 2023")
    assert judge(tags, maps=[("Tags", "opted-out:unsubscribed")])[0] == ["active", "unsubscribed", "unknown"]
    codes = people("status", "C", "S", "U")
    maps = [("status", "opted-in:C"), ("status", "pending:S"), ("status", "opted-out:U")]
    assert judge(codes, maps=maps) == (["active", "pending", "unsubscribed"], [])
    assert judge(people("Gone", "x", ""), maps=[("Gone", "bounced:yes")])[0] == ["bounced", "active"]
    assert judge(people("Stay", "yes", "no"), maps=[("Stay", "opted-out:no")])[0] == [
        "active",
        "unsubscribed",
    ]


@pytest.mark.parametrize(
    ("name", "header", "is_asked"),
    [
        ("cleaned_members_export_12.csv", "name", True),
        ("newsletter-abgemeldete.csv", "name", True),
        ("bounces.csv", "name", True),
        ("everybody.csv", "name", False),
        ("crm-opt-out.csv", "Unsubscribed", False),
    ],
)
def test_the_name_of_a_file_is_asked_about_unless_a_column_tells_it(name, header, is_asked):
    text = people(header, "no", "yes")
    assert bool(judge(text, name)[1]) == is_asked
    assert not judge(text, name, state="per-row")[1]


def test_an_option_about_nothing_is_refused():
    with pytest.raises(UnreadableImport, match="no column 'Nowhere'"):
        judge(people("name", "Ada"), ignored=["Nowhere"])
    with pytest.raises(UnreadableImport, match="can be mapped to email"):
        judge(people("name", "Ada"), maps=[("name", "happy:yes")])


DAY = "2025-01-31"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (form, DAY)
            for form in (
                "2025-01-31",
                "31.01.2025",
                "31.1.25",
                "2025/01/31",
                "45688",
                "20250131",
                "31-Jan-25",
            )
        ),
        *(
            (form, DAY)
            for form in ("January 31, 2025", "31. Januar 2025", "31 janvier 2025", "31 de enero de 2025")
        ),
        *(
            (form, DAY)
            for form in ("31 gennaio 2025", "31 januari 2025", "31 de janeiro de 2025", "Jan 31st, 2025")
        ),
        ("1738317600", "2025-01-31T10:00"),
        ("1738317600000", "2025-01-31T10:00"),
        ("2025-01-31 10:00:00.123456 +0000 UTC", "2025-01-31T10:00"),
        ("2025-01-31 12:00:00 +0200 CEST", "2025-01-31T10:00"),
        ("2025/01/31 12:00:00 PM GMT+2", "2025-01-31T10:00"),
        ("Fri, 31 Jan 2025 10:00:00 +0000", "2025-01-31T10:00"),
        ("2025-01-31 10:00:00 UTC", "2025-01-31T10:00"),
        ("Fri Jan 31 2025 12:00:00 GMT+0200 (Central European Time)", "2025-01-31T10:00"),
    ],
)
def test_a_date_is_read_in_any_of_its_forms(text, expected):
    assert parse_date(text).isoformat().startswith(expected)


@pytest.mark.parametrize(
    "text", ["03/04/2025", "#####", "10:23:10", "32.01.2025", "soon", "1234", "2025-13-01"]
)
def test_what_is_not_surely_a_date_is_none(text):
    with pytest.raises(ValueError, match="not a date"):
        parse_date(text)


def test_the_order_of_day_and_month_is_that_of_the_whole_column():
    def order(*cells):
        evidence = OrderEvidence()
        for cell in cells:
            evidence.take(cell)
        return evidence.order, evidence.is_ambiguous

    assert order("03/04/2025", "31/12/2025") == (DateOrder.DAY_FIRST, False)
    assert order("3/4/2025", "12/31/2025 5:04 PM") == (DateOrder.MONTH_FIRST, False)
    assert order("03/04/2025", "05-06-2025") == (None, True)
    assert order("03/04/2025", "31/12/2025", "12/31/2025") == (None, True)
    assert order("2025-01-31", "03.04.2025", "03/03/2025") == (None, False)
    text = people("consent date", "2031-01-01", "2032-01-01", "2020-01-01")
    assert judge(text)[1] == ["consent date"]
