"""Webhooks in the settings: secrets only where they belong, and no server that believes everybody."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.cli import edit, make_example, weekly

from pipeline.errors import SettingsError
from pipeline.keyring import read_secrets
from pipeline.settings.load import dump_settings, read_settings
from pipeline.settings.webhooks import _mistakes, find_reference_headers, make_webhooks
from pipeline.webhooks.registry import BUILT_IN, find_webhook

HUSH = "weekly:correct-horse-battery-staple"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"


@pytest.fixture
def settings(tmp_path):
    def read(text):
        path = tmp_path / "weekly.toml"
        path.write_text(text)
        return read_settings(path)

    return read


def enabled(*names, more=""):
    return f"[webhooks]\nenabled = {json.dumps(names)}\n{more}"


def mistakes(settings, secrets):
    with pytest.raises(SettingsError) as caught:
        make_webhooks(settings, secrets, "weekly.toml")
    assert HUSH not in str(caught.value)
    return dict(caught.value.mistakes)


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_webhook_is_served_before_it_is_secured(settings, name):
    found = mistakes(settings(enabled(name)), {})
    assert all(path.startswith(f"webhooks.{name}") for path in found)


def test_a_secret_of_a_webhook_that_nobody_has_is_named(settings):
    found = mistakes(settings(enabled("postmark")), {"postmrk": (HUSH,)})
    assert 'did you mean "postmark"?' in found["webhooks.postmrk"]
    assert "has no secret" in found["webhooks.postmark"]


def test_every_mistake_is_named_at_once(settings):
    found = mistakes(settings(enabled("ses", "sendgrid", "postmark")), {"postmark": ("short",)})
    assert found["webhooks.ses.topics"] == "must be given"
    assert found["webhooks.sendgrid.public_keys"] == "must be given"
    assert "fewer than 16" in found["webhooks.postmark"]


@pytest.mark.parametrize("secret", ["", "x" * 15, "change-me-change-me", "whsec_", "whsec_\u20ac" + "A" * 20])
def test_a_secret_that_cannot_be_one_is_refused(settings, secret):
    mistakes(settings(enabled("resend")), {"resend": (secret,)})


@pytest.mark.parametrize(
    "table",
    ["[webhooks.ses]\ntopics = []", "[webhooks.ses]\ntopics = ['*']", "[webhooks.ses]\ntopic = 'x'"],
)
def test_a_pin_that_pins_nothing_is_refused(settings, table):
    assert mistakes(settings(enabled("ses", more=table)), {})


def test_a_webhook_that_nobody_has_is_refused(settings):
    with pytest.raises(SettingsError, match="must be"):
        settings(enabled("postmarkk"))


def test_secrets_come_from_the_environment_a_file_or_the_secrets_file_and_the_environment_wins(tmp_path):
    read_secrets(tmp_path, {})
    with (tmp_path / ".secrets").open("a") as file:
        file.write(
            f'\n[webhooks]\npostmark = "{HUSH}"\nmailgun = ["new-key-of-mailgun", "old-key-of-mailgun"]\n'
        )
    (tmp_path / "key").write_text("one-key\ntwo-keys\n")
    found = read_secrets(
        tmp_path,
        {
            "WEEKLY_WEBHOOKS__MAILGUN__SECRETS": "from-the-environment",
            "WEEKLY_WEBHOOKS__BREVO__SECRETS_FILE": str(tmp_path / "key"),
        },
    )
    assert found.webhooks == {
        "postmark": (HUSH,),
        "mailgun": ("from-the-environment",),
        "brevo": ("one-key", "two-keys"),
    }
    assert HUSH not in repr(found)


def test_a_damaged_table_of_secrets_is_reported_without_them(tmp_path):
    read_secrets(tmp_path, {})
    with (tmp_path / ".secrets").open("a") as file:
        file.write(f'\n[webhooks]\npostmark = ["{HUSH}", 7]\n')
    with pytest.raises(SettingsError) as caught:
        read_secrets(tmp_path, {})
    assert HUSH not in f"{caught.value} {caught.value!r}"


def test_a_secret_in_the_settings_is_refused_and_not_repeated(settings):
    with pytest.raises(SettingsError) as caught:
        settings(f'[webhooks.postmark]\nsecrets = "{HUSH}"')
    assert ".secrets" in str(caught.value)
    assert HUSH not in str(caught.value)


def test_a_secret_of_the_environment_is_not_among_the_settings(settings, monkeypatch):
    monkeypatch.setenv("WEEKLY_WEBHOOKS__POSTMARK__SECRETS", HUSH)
    monkeypatch.setenv("WEEKLY_WEBHOOKS__MAILGUN__SECRETS_FILE", "/nowhere")
    monkeypatch.setenv("WEEKLY_WEBHOOKS__SES__TOPICS", json.dumps([TOPIC]))
    found = settings(enabled("ses", "postmark"))
    shown = json.dumps(dump_settings(found, "weekly.toml"))
    assert HUSH not in f"{found!r} {shown}"
    assert TOPIC in shown


def test_a_webhook_whose_library_is_not_installed_names_the_extra():
    spec = replace(find_webhook("ses"), needs_modules=("no_library_of_this_name",))
    assert list(_mistakes(spec, ())) == [
        ("webhooks.ses", "needs an extra: pip install 'weekly-insights[webhooks]'")
    ]


def test_letters_carry_the_headers_of_the_webhooks_that_are_enabled(settings):
    names = [
        header.name for header in find_reference_headers(settings(enabled("sendgrid", "ses", "mailgun")))
    ]
    assert names == ["X-SMTPAPI", "X-Mailgun-Variables"]
    assert find_reference_headers(settings("")) == ()


def test_the_server_does_not_start_with_a_webhook_that_is_not_secured(tmp_path):
    folder = make_example(tmp_path)
    edit(folder / "weekly.toml", "enabled = []", 'enabled = ["postmark"]')
    ended = weekly("web", "serve", "--port", "0", folder=folder)
    assert ended.code == 4
    assert "webhooks.postmark: has no secret" in ended.stderr
