"""What weekly.toml and the environment may say, and what is answered when they say something else."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from pipeline.errors import SettingsError
from pipeline.keyring import smtp_password
from pipeline.resources import shipped
from pipeline.settings.load import placeholders, read_settings
from pipeline.settings.parse import is_placeholder
from pipeline.settings.tables import Settings

HUSH = "correct horse battery staple"


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "weekly.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def mistakes(path, **more):
    with pytest.raises(SettingsError) as caught:
        read_settings(path, **more)
    return dict(caught.value.mistakes)


def test_the_shipped_file_is_valid_and_says_nothing_but_the_defaults_and_placeholders():
    settings = read_settings(shipped("weekly.toml"))
    assert settings.schedule == Settings().schedule
    assert settings.delivery == Settings().delivery
    assert settings.selection == Settings().selection
    assert (settings.transport.kind, settings.newsletter.timezone) == ("outbox", "UTC")
    assert (settings.schedule.day, settings.schedule.time_) == ("tuesday", time(9))
    assert settings.schedule.max_age == timedelta(days=3)


def test_an_empty_file_gives_a_letter_that_stays_in_the_outbox(write):
    assert read_settings(write("")).transport.kind == "outbox"


def test_every_mistake_is_reported_at_once_with_its_path(write):
    found = mistakes(
        write(
            """
            [newsletter]
            tag_line = "x"
            base_url = "news.example.org"
            timezone = "Europe/Atlantis"
            from = "one@example.org, two@example.org"
            language = "english please"
            [schedul]
            day = "tuesday"
            [schedule]
            day = "someday"
            time = "25:00"
            max_age = "a while"
            approval = "perhaps"
            [smtp]
            port = 70000
            security = "ssl"
            password = "p"
            [delivery]
            connections = 0
            """
        )
    )
    assert set(found) == {
        "newsletter.tag_line",
        "newsletter.base_url",
        "newsletter.timezone",
        "newsletter.from",
        "newsletter.language",
        "schedul",
        "schedule.day",
        "schedule.time",
        "schedule.max_age",
        "schedule.approval",
        "smtp.port",
        "smtp.security",
        "smtp.password",
        "delivery.connections",
    }
    assert all(found.values())


@pytest.mark.parametrize(
    ("text", "path", "meant"),
    [
        ("[newsletter]\ntag_line = 'x'", "newsletter.tag_line", 'did you mean "tagline"?'),
        ("[newsletter]\nform = 'x'", "newsletter.form", 'did you mean "from"?'),
        ("[schedule]\ntimes = '09:00'", "schedule.times", 'did you mean "time"?'),
        ("[news_letter]", "news_letter", 'did you mean "newsletter"?'),
        ("[smtp]\nzzz = 1", "smtp.zzz", "known here: host, port, security"),
    ],
)
def test_an_unknown_key_is_a_mistake_that_names_what_was_meant(write, text, path, meant):
    assert meant in mistakes(write(text))[path]


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        (["html-only"], "write text-only, or without-<section>"),
        (["text-only", "ordinary"], "not a single choice"),
        (["text-only+without-careers"], "choices combine by themselves"),
        (["text-only", "text-only"], "twice"),
    ],
)
def test_what_readers_cannot_choose_is_not_offered(write, offered, words):
    assert words in mistakes(write(f"[sections]\nvariants = {offered}"))["sections.variants"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"[newsletter\n", "not valid TOML"),
        (b'name = "caf\xe9"', "not valid TOML"),
        (b"a = 1\na = 2", "not valid TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_named_with_the_place(write, raw, words):
    path = write(raw)
    (message,) = mistakes(path).values()
    assert words in message
    assert str(path) in message


def test_a_missing_file_is_answered_with_how_to_make_one(tmp_path):
    (message,) = mistakes(tmp_path / "weekly.toml").values()
    assert "weekly init" in message


def test_a_byte_order_mark_of_a_windows_editor_does_no_harm(write):
    assert read_settings(write(b"\xef\xbb\xbf[newsletter]\nname = 'A'")).newsletter.name == "A"


@pytest.mark.parametrize(
    ("variable", "value", "read", "expected"),
    [
        ("WEEKLY_STORE__URL", "postgresql://db/x", lambda s: s.store.url, "postgresql://db/x"),
        ("WEEKLY_TRANSPORT__KIND", "smtp", lambda s: s.transport.kind, "smtp"),
        ("WEEKLY_SMTP__HOST", "relay.example.org", lambda s: s.smtp.host, "relay.example.org"),
        ("WEEKLY_SMTP__PORT", "2525", lambda s: s.smtp.port, 2525),
        ("WEEKLY_SMTP__SECURITY", "none", lambda s: s.smtp.security, "none"),
        ("WEEKLY_SMTP__USERNAME", "u", lambda s: s.smtp.username, "u"),
        ("WEEKLY_SMTP__PASSWORD", HUSH, lambda s: s.smtp.password.get_secret_value(), HUSH),
        ("WEEKLY_DELIVERY__CONNECTIONS", "8", lambda s: s.delivery.connections, 8),
        ("WEEKLY_NEWSLETTER__POSTAL_ADDRESS", "1 St", lambda s: s.newsletter.postal_address, "1 St"),
        ("WEEKLY_NEWSLETTER__BASE_URL", "https://n.example/", lambda s: s.newsletter.base_url, "https://n.example"),
        ("WEEKLY_NEWSLETTER__FROM", "a@n.example", lambda s: s.newsletter.from_, "a@n.example"),
        ("WEEKLY_SCHEDULE__APPROVAL", "true", lambda s: s.schedule.approval, True),
        ("WEEKLY_SCHEDULE__TIME", "7:30", lambda s: s.schedule.time_, time(7, 30)),
    ],
)  # fmt: skip
def test_the_environment_wins_over_the_file(monkeypatch, variable, value, read, expected):
    assert read(read_settings(shipped("weekly.toml"))) != expected
    monkeypatch.setenv(variable, value)
    assert read(read_settings(shipped("weekly.toml"))) == expected


@pytest.mark.parametrize(
    ("variable", "value", "path", "words"),
    [
        ("WEEKLY_SMTP__HOSTT", "x", "smtp.hostt", 'did you mean "host"?'),
        ("WEEKLY_SMPT__HOST", "x", "WEEKLY_SMPT__HOST", 'did you mean "smtp"?'),
        ("WEEKLY_SMTP__PORT", "x", "smtp.port", "whole number"),
        ("WEEKLY_SMTP", "x", "the environment", "WEEKLY_SMTP__HOST"),
    ],
)
def test_a_mistake_in_the_environment_is_named_too(monkeypatch, variable, value, path, words):
    monkeypatch.setenv(variable, value)
    assert words in mistakes(shipped("weekly.toml"))[path]


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (
            "[sections]\norder = 'term'",
            "sections.order",
            'is a list; write it in brackets, such as ["one", "two"]',
        ),
        ("[sections]\nvariants = 'text-only'", "sections.variants", "is a list"),
        ("[feeds]\nallow_private_hosts = 'x'", "feeds.allow_private_hosts", "is a list"),
        (
            "[checks]\nrules = 'x'",
            "checks.rules",
            'write a table, such as { stale-year = "off" }',
        ),
        ("sections = 3", "sections", "is a table; write its keys below"),
        ("[newsletter]\nlanguage = 'pt_BR'", "newsletter.language", "write pt-BR"),
        ("[newsletter]\nlanguage = 'de_DE.UTF-8'", "newsletter.language", "write de-DE"),
        (
            "[newsletter]\nlanguage = 'Deutsch bitte'",
            "newsletter.language",
            "write a tag such as en or pt-BR",
        ),
        ("[newsletter]\nname = 3", "newsletter.name", "is a text; write it in quotes"),
        ("[newsletter]\ndirection = 'up'", "newsletter.direction", "must be 'ltr' or 'rtl'"),
        ("[schedule]\napproval = 'perhaps'", "schedule.approval", "is a switch; write true or false"),
        ("[delivery]\nconnections = 0", "delivery.connections", "must be 1 or more"),
        ("[delivery]\nconnections = 999", "delivery.connections", "must be 200 or less"),
        ("[selection]\nlift = 'x'", "selection.lift", "is a number"),
        ("[smtp]\nport = 1.5", "smtp.port", "is a whole number"),
    ],
)
def test_a_wrong_value_is_answered_in_words_of_the_file(write, text, path, words):
    message = mistakes(write(text))[path]
    assert words in message
    assert not any(word in message for word in ("tuple", "dictionary", "Input", "pattern", "^"))


def test_a_mistake_in_a_variable_is_named_as_such(write, monkeypatch):
    monkeypatch.setenv("WEEKLY_SMTP__PORT", "70000")
    with pytest.raises(SettingsError) as caught:
        read_settings(write(""))
    assert str(caught.value) == (
        "settings in the environment cannot be used:\n"
        "  smtp.port: must be 65535 or less (from WEEKLY_SMTP__PORT)"
    )
    monkeypatch.setenv("WEEKLY_SMTP__PROT", "25")
    with pytest.raises(SettingsError, match=r"in weekly\.toml and the environment cannot be used") as caught:
        read_settings(write("[delivery]\nconnections = 0"))
    assert "(from WEEKLY_SMTP__PROT)" in dict(caught.value.mistakes)["smtp.prot"]
    assert "from" not in dict(caught.value.mistakes)["delivery.connections"]


@pytest.mark.parametrize(
    ("text", "path", "advice"),
    [
        (
            '[webhooks.postmark]\nsecret = "x"',
            "webhooks.postmark.secret",
            "WEEKLY_WEBHOOKS__POSTMARK__SECRETS",
        ),
        ('[webhooks.mailgun]\nsigning_key = "x"', "webhooks.mailgun.signing_key", "[webhooks] of .secrets"),
        ('smtp_password = "x"', "smtp_password", "put smtp_password into .secrets"),
        ('[imap]\npasswd = "x"', "imap.passwd", "WEEKLY_IMAP__PASSWORD"),
    ],
)
def test_a_secret_in_the_file_is_sent_where_it_belongs(write, text, path, advice):
    assert advice in mistakes(write(text))[path]


def test_a_table_that_is_there_twice_is_named_as_the_file_has_it(write):
    with pytest.raises(SettingsError, match=r"declare \[smtp\] twice"):
        read_settings(write("[smtp]\n[smtp]\n"))


def test_a_password_in_the_file_is_refused_and_not_repeated(write):
    with pytest.raises(SettingsError) as caught:
        read_settings(write(f'[smtp]\npassword = "{HUSH}"'))
    assert ".secrets" in str(caught.value)
    assert HUSH not in str(caught.value)


def test_the_password_can_come_from_a_file_that_the_environment_names(monkeypatch, tmp_path):
    (tmp_path / "password").write_text(f"{HUSH}\n")
    monkeypatch.setenv("WEEKLY_SMTP__PASSWORD_FILE", str(tmp_path / "password"))
    found = smtp_password(tmp_path, {"WEEKLY_SMTP__PASSWORD_FILE": str(tmp_path / "password")})
    settings = read_settings(shipped("weekly.toml"), smtp_password=found)
    assert settings.smtp.password.get_secret_value() == HUSH


def test_the_password_can_come_from_the_secrets_file(tmp_path):
    (tmp_path / ".secrets").write_text(f'smtp_password = "{HUSH}"\n')
    assert smtp_password(tmp_path, {}) == HUSH


def test_no_secret_shows_in_repr_log_or_error(write, monkeypatch):
    monkeypatch.setenv("WEEKLY_SMTP__PASSWORD", HUSH)
    settings = read_settings(write(""))
    assert HUSH not in f"{settings!r} {settings} {settings.smtp!r} {settings.model_dump_json()}"
    with pytest.raises(SettingsError) as caught:
        read_settings(write("[smtp]\nport = 0"), smtp_password=HUSH)
    assert HUSH not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    "value",
    ["", "  ", "CHANGE ME: street", "https://change-me.example", "Change_Me", "x <l@change-me.example>"],
)
def test_what_init_wrote_is_a_placeholder(value):
    assert is_placeholder(value)


def test_all_three_placeholders_are_named_together():
    named = [path for path, _ in placeholders(read_settings(shipped("weekly.toml")))]
    assert named == ["newsletter.base_url", "newsletter.postal_address", "newsletter.from"]


FILLED = """
[newsletter]
from = "a@news.example.org"
postal_address = "1 Test Street"
base_url = "{}"
"""


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("https://news.example.org", True),
        ("http://127.0.0.1:8000", True),
        ("http://news.example.org", False),
    ],
)
def test_one_click_unsubscribe_needs_https_unless_it_is_this_machine(write, url, is_fine):
    assert (list(placeholders(read_settings(write(FILLED.format(url))))) == []) is is_fine


def test_a_sender_that_is_left_empty_is_as_good_as_the_base_url(write, monkeypatch):
    monkeypatch.setenv("WEEKLY_NEWSLETTER__BASE_URL", "https://www.news.example.org/letters")
    monkeypatch.setenv("WEEKLY_NEWSLETTER__POSTAL_ADDRESS", "1 Example Street")
    settings = read_settings(write("[newsletter]\nfrom = ''\n"))
    assert list(placeholders(settings)) == []


def test_languages_are_read_as_stories_are_compared_by_them(write):
    settings = read_settings(write('[sections]\nlanguages = ["EN", "en-US", "pt_BR"]\n'))
    assert settings.sections.languages == ("en", "pt")


@pytest.mark.parametrize("tag", ["English", "", "e", "en US", "*"])
def test_what_is_no_language_is_refused_and_not_obeyed_in_silence(write, tag):
    found = mistakes(write(f'[sections]\nlanguages = ["en", "{tag}"]\n'))
    assert "is not a language" in found["sections.languages"]
