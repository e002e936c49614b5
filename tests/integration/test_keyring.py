"""The secrets the program makes for itself: made once, private, never shown, never replaced in silence."""

from __future__ import annotations

import stat

import pytest

from pipeline.errors import FileError, SettingsError
from pipeline.keyring import make_secrets, read_secrets

NEW, OLD, SUPPRESSION = "11" * 32, "22" * 32, "33" * 32


def test_the_first_need_makes_a_file_that_only_its_owner_reads(tmp_path):
    first = read_secrets(tmp_path, {})
    assert stat.S_IMODE((tmp_path / ".secrets").stat().st_mode) == 0o600
    again = read_secrets(tmp_path, {})
    assert again.signing == first.signing
    assert again.suppression_key == first.suppression_key


def test_two_newsletters_have_nothing_in_common(tmp_path):
    keys = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        secrets = read_secrets(tmp_path / name, {})
        keys |= {secrets.suppression_key, *(key for _, key in secrets.signing.keys)}
    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)


def test_a_file_that_is_there_is_never_written_again(tmp_path):
    path = tmp_path / ".secrets"
    path.write_text(f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\n1 = "{OLD}"\n')
    before = path.read_bytes()
    assert make_secrets(path)["suppression_key"] == SUPPRESSION
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("[webhooks]\nmailgun = 5", "webhooks.mailgun"),
        ('webhooks = "x"', "webhooks"),
        ("smtp_password = 12345", "smtp_password"),
    ],
)
def test_a_secret_of_the_wrong_shape_is_named(tmp_path, line, name):
    (tmp_path / ".secrets").write_text(f'suppression_key = "{SUPPRESSION}"\n{line}\n')
    with pytest.raises(SettingsError, match="must be") as caught:
        read_secrets(tmp_path, {})
    assert name in dict(caught.value.mistakes)


def test_the_highest_key_signs_and_older_ones_still_open_what_they_signed(tmp_path):
    text = f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\n2 = "{OLD}"\n10 = "{NEW}"\n'
    (tmp_path / ".secrets").write_text(text)
    assert [number for number, _ in read_secrets(tmp_path, {}).signing.keys] == [10, 2]


def test_the_environment_wins_and_then_no_file_is_made(tmp_path):
    (tmp_path / "suppression").write_text(f"{SUPPRESSION}\n")
    secrets = read_secrets(
        tmp_path,
        {
            "WEEKLY_SECRETS__SIGNING_KEYS": f"1:{OLD}, 2:{NEW}",
            "WEEKLY_SECRETS__SUPPRESSION_KEY_FILE": str(tmp_path / "suppression"),
        },
    )
    assert secrets.signing.keys == ((2, bytes.fromhex(NEW)), (1, bytes.fromhex(OLD)))
    assert secrets.suppression_key == bytes.fromhex(SUPPRESSION)
    assert not (tmp_path / ".secrets").exists()


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "",
        f'suppression_key = "{SUPPRESSION}"',
        f'suppression_key = "{SUPPRESSION}"\nsigning_keys = 1',
        f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\none = "{OLD}"',
        f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\n1 = "no hex"',
        f'suppression_key = 5\n[signing_keys]\n1 = "{OLD}"',
        f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\n',
        f'suppression_key = ""\n[signing_keys]\n1 = "{OLD}"',
        f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\n1 = ""',
    ],
)
def test_a_damaged_file_is_refused_and_kept_as_it_is(tmp_path, text):
    path = tmp_path / ".secrets"
    path.write_text(text)
    with pytest.raises(SettingsError, match="restore it from a backup"):
        read_secrets(tmp_path, {})
    assert path.read_text() == text


@pytest.mark.parametrize("given", ["", "x", "1", "1:zz", "1:", ":11"])
def test_damaged_keys_of_the_environment_are_refused(tmp_path, given):
    environ = {"WEEKLY_SECRETS__SIGNING_KEYS": given or "0", "WEEKLY_SECRETS__SUPPRESSION_KEY": SUPPRESSION}
    with pytest.raises(SettingsError):
        read_secrets(tmp_path, environ)


def test_a_variable_that_names_no_file_is_refused_by_name(tmp_path):
    environ = {"WEEKLY_SECRETS__SIGNING_KEYS_FILE": str(tmp_path / "gone")}
    with pytest.raises(SettingsError, match="WEEKLY_SECRETS__SIGNING_KEYS_FILE"):
        read_secrets(tmp_path, environ)


def test_a_folder_that_cannot_hold_the_keys_is_named(tmp_path):
    with pytest.raises(FileError, match="sign unsubscribe links"):
        make_secrets(tmp_path / "nowhere" / ".secrets")


def test_no_key_shows_in_a_repr_or_an_error(tmp_path):
    (tmp_path / ".secrets").write_text(f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\n1 = "{OLD}"\n')
    secrets = read_secrets(tmp_path, {})
    (tmp_path / ".secrets").write_text(f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\n1 = "{OLD}x"\n')
    with pytest.raises(SettingsError) as caught:
        read_secrets(tmp_path, {})
    shown = f"{secrets!r} {secrets.signing!r} {caught.value} {caught.value!r}"
    for key in (SUPPRESSION, OLD):
        assert key not in shown
        assert repr(bytes.fromhex(key)) not in shown


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            f'suppression_key = "{SUPPRESSION}"\n[signing_keys]\n1 = "{OLD}"\nsmtp_password = "x"\n',
            "signing_keys",
        ),
        (f'suppression_key = "{SUPPRESSION}"\n[webhooks]\nimap_password = "x"\n', "webhooks.imap_password"),
        (f'suppression_key = "{SUPPRESSION}"\nsmtp_pasword = "x"\n', 'did you mean "smtp_password"'),
        ("suppression_key\n", "line 1, column"),
    ],
)
def test_a_secret_in_the_wrong_place_or_mistyped_is_named_and_not_shown(tmp_path, text, named):
    (tmp_path / ".secrets").write_text(text)
    with pytest.raises(SettingsError, match=named) as error:
        read_secrets(tmp_path, {})
    assert SUPPRESSION not in str(error.value)
