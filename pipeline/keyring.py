"""The secrets in `.secrets`: keys that sign links, one that hides addresses, passwords, webhooks."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import FileError, SettingsError
from pipeline.model.frozen import dataclass
from pipeline.model.suggest import did_you_mean

if TYPE_CHECKING:
    from subscribers.tokens import Keyring

KEY_BYTES = 32
RESTORE = "restore it from a backup: unsubscribe links and the suppression list need it"
"""What to do without the file of keys, or with another one."""
SIGNING_KEYS = "WEEKLY_SECRETS__SIGNING_KEYS"
SUPPRESSION_KEY = "WEEKLY_SECRETS__SUPPRESSION_KEY"
MODE = stat.S_IRUSR | stat.S_IWUSR

_WEBHOOK = re.compile(r"WEEKLY_WEBHOOKS__([A-Z0-9]+)__SECRETS(?:_FILE)?")

_LINE = re.compile(r"at line \d+, column \d+|at end of document")

_PASSWORDS = ("smtp_password", "imap_password")
_AT_THE_TOP = ("suppression_key", *_PASSWORDS)
_TABLES = ("signing_keys", "webhooks")

_HEADER = """\
# Made by weekly. Keep it out of git and in your backups: without it the links in letters that were
# sent open nothing, and addresses that must not be written to are not recognised.
"""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What `.secrets` and the environment hold; hidden in its repr."""

    signing: Keyring = field(repr=False)
    suppression_key: bytes = field(repr=False)
    smtp_password: str = field(default="", repr=False)
    webhooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Every secret in force of a webhook, by the webhook's name."""


def read_secrets(folder: Path, environ: Mapping[str, str]) -> Secrets:
    """Read the secrets of a newsletter, creating `.secrets` (mode 0600) if needed.

    The environment wins: WEEKLY_SECRETS__SIGNING_KEYS ("1:hex,2:hex", the highest number signs),
    WEEKLY_SECRETS__SUPPRESSION_KEY (hex) and WEEKLY_WEBHOOKS__NAME__SECRETS (separated by white space), each
    also with _FILE. Raises SettingsError for a damaged file.
    """
    from subscribers.tokens import Keyring  # noqa: PLC0415 - the library of hashes costs 15 ms

    signing = from_environment(SIGNING_KEYS, environ)
    suppression = from_environment(SUPPRESSION_KEY, environ)
    path = folder / ".secrets"
    data: dict[str, Any] = {}
    if path.exists() or not (signing and suppression):
        data = _read_file(path) if path.exists() else make_secrets(path)
    try:
        keys = (
            [_pair(part) for part in signing.split(",")]
            if signing
            else [(int(number), bytes.fromhex(key)) for number, key in data["signing_keys"].items()]
        )
        return Secrets(
            signing=Keyring(tuple(sorted(keys, reverse=True))),
            suppression_key=_key(suppression or data["suppression_key"]),
            smtp_password=str(data.get("smtp_password", "")),
            webhooks=_webhook_secrets(data.get("webhooks", {}), environ),
        )
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise SettingsError(
            ".secrets",
            [("", f"is damaged ({type(error).__name__}); restore it from a backup, do not make a new one")],
        ) from error


def require_keys(*, are_known: bool) -> None:
    """Raise SettingsError unless the keys are those of the readers in the database."""
    if not are_known:
        raise SettingsError(".secrets", [("", f"does not belong to the readers in the database; {RESTORE}")])


def from_environment(name: str, environ: Mapping[str, str]) -> str:
    """Read a secret from a variable, or from the file that the variable with `_FILE` names."""
    if name in environ:
        return environ[name]
    path = environ.get(f"{name}_FILE", "")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "the environment", [(f"{name}_FILE", f"{path} cannot be read: {error}")]
        ) from error


def has_keys(folder: Path, environ: Mapping[str, str]) -> bool:
    """Return whether there is a file of keys, or the environment has both: without either, keys are made."""
    is_given = from_environment(SIGNING_KEYS, environ) and from_environment(SUPPRESSION_KEY, environ)
    return bool(is_given) or (folder / ".secrets").exists()


def smtp_password(folder: Path, environ: Mapping[str, str]) -> str:
    """Return the relay's password without creating secrets; empty if there is none."""
    return _password("smtp", folder, environ)


def mail_passwords(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the passwords of relay and mailbox, by the names that `read_settings` has for them."""
    found = {"smtp_password": smtp_password(folder, environ)}
    return {**found, "imap_password": _password("imap", folder, environ)}


def _password(table: str, folder: Path, environ: Mapping[str, str]) -> str:
    given = from_environment(f"WEEKLY_{table.upper()}__PASSWORD", environ)
    path = folder / ".secrets"
    if given or not path.exists():
        return given
    return str(_read_file(path).get(f"{table}_password", ""))


def make_secrets(path: Path) -> dict[str, Any]:
    """Write fresh keys to a file that must not exist yet, readable by its owner only."""
    import secrets  # noqa: PLC0415 - once in the life of a newsletter

    suppression, signing = secrets.token_hex(KEY_BYTES), secrets.token_hex(KEY_BYTES)
    text = f'{_HEADER}suppression_key = "{suppression}"\n\n[signing_keys]\n1 = "{signing}"\n'
    part = path.with_name(f".secrets.{os.getpid()}.tmp")
    try:
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "w", encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # A hard link appears whole or not at all, and never replaces existing keys.
        os.link(part, path)
    except FileExistsError:
        return _read_file(path)
    except OSError as error:
        raise FileError(path, error, "the keys that sign unsubscribe links are kept there") from error
    finally:
        part.unlink(missing_ok=True)
    return {"suppression_key": suppression, "signing_keys": {"1": signing}}


def _read_file(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(path, error, "make it readable for the user that runs weekly") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = _LINE.search(str(error))
        at = f" ({where[0]})" if where else ""
        raise SettingsError(".secrets", [("", f"is not valid TOML{at}; restore it from a backup")]) from error
    if problems := [*_find_misplaced(data), *_find_misshapen(data)]:
        raise SettingsError(".secrets", problems)
    return data


def _find_misshapen(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find passwords and secrets of webhooks that are not texts."""
    found = [
        (name, f'must be a text in quotes: {name} = "…"')
        for name in _PASSWORDS
        if not isinstance(data.get(name, ""), str)
    ]
    table = data.get("webhooks", {})
    if not isinstance(table, dict):
        return [
            *found,
            ("webhooks", "must be a table: write the secrets below a line [webhooks]"),
        ]
    for key, value in table.items():
        if not all(isinstance(secret, str) for secret in (value if isinstance(value, list) else [value])):
            several = 'several are a list: ["…", "…"]'
            found.append((f"webhooks.{key}", f'must be a text in quotes: {key} = "…"; {several}'))
    return found


def _find_misplaced(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find secrets that stand in a table, where nothing reads them, and mistyped names."""
    tables = {name: table for name, table in data.items() if isinstance(table, dict)}
    return [
        (f"{name}.{key}", f"move the line to the top of the file, above [{name}]")
        for name, table in tables.items()
        for key in _AT_THE_TOP
        if key in table
    ] + [
        (key, f"is not known here; {close}")
        for key in data
        if key not in (*_AT_THE_TOP, *_TABLES) and (close := did_you_mean(key, (*_AT_THE_TOP, *_TABLES)))
    ]


def _webhook_secrets(
    kept: Mapping[str, str | list[str]], environ: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    found = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in kept.items()}
    for variable in environ:
        match = _WEBHOOK.fullmatch(variable)
        if match:
            name = f"WEEKLY_WEBHOOKS__{match[1]}__SECRETS"
            found[match[1].lower()] = tuple(from_environment(name, environ).split())
    return found


def _key(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) < KEY_BYTES:
        raise ValueError("the key is too short")
    return key


def _pair(part: str) -> tuple[int, bytes]:
    number, _, key = part.strip().partition(":")
    return int(number), bytes.fromhex(key)
