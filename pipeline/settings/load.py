"""Reads weekly.toml and the environment; every mistake is reported at once with its path.

Read in `wiring` only, and passed on as plain values.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from pipeline.deliver.transport import TransportSpec
from pipeline.deliver.transports.registry import BUILT_IN, find_transport, transport_names
from pipeline.errors import SettingsError
from pipeline.model.options import Options
from pipeline.model.suggest import did_you_mean
from pipeline.model.toml_words import describe_toml_error
from pipeline.plugins.sections import find_section, news_sections
from pipeline.settings.parse import find_placeholders
from pipeline.settings.tables import Settings
from pipeline.webhooks.registry import find_webhook, webhook_names
from pipeline.webhooks.webhook import WebhookSpec

_WORDS: Mapping[str, str] = {
    "missing": "must be given",
    "tuple_type": 'is a list; write it in brackets, such as ["one", "two"]',
    "dict_type": 'is a table; write it in braces, such as { name = "value" }',
    "model_type": "is a table; write its keys below a line with its name in [ ]",
    "string_type": "is a text; write it in quotes",
    "int_type": "is a whole number; write it without quotes",
    "int_parsing": "is a whole number; write it in digits",
    "int_from_float": "is a whole number; write it without a point",
    "float_type": "is a number; write it without quotes",
    "float_parsing": "is a number; write it in digits",
    "finite_number": "is a number; write it in digits",
    "bool_type": "is a switch; write true or false",
    "bool_parsing": "is a switch; write true or false",
}
_LIMITS: Mapping[str, str] = {
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "too_short": "must name {min_length} or more",
}


_ENVIRONMENT = "the environment"
_SECRET = re.compile(r"passw|passwd|\bpass\b|secret|signing_?key|api_?key|suppression_?key", re.IGNORECASE)
"""Names of keys that look like secrets and belong nowhere in weekly.toml."""


def read_settings(path: Path, *, smtp_password: str = "", imap_password: str = "") -> Settings:
    """Read weekly.toml and the environment.

    The passwords come from a secrets file or such as `WEEKLY_SMTP__PASSWORD_FILE`; the environment's own
    password wins. Raises SettingsError with every mistake.
    """
    data = _read_toml(path)
    misplaced = dict(_misplaced(data))
    mistakes = [*misplaced.items(), *_foreign(os.environ)]
    for table, password in (("smtp", smtp_password), ("imap", imap_password)):
        if password and isinstance(data.get(table, {}), dict):
            data[table] = {**data.get(table, {}), "password": password}
    try:
        settings = Settings(**data)
    except ValidationError as error:
        found = [_mistake(dict(detail)) for detail in error.errors()]
        mistakes += [(name, words) for name, words in found if name not in misplaced]
    except UnreadableVariable as error:
        mistakes.append((_ENVIRONMENT, f"{error}; name section and key: WEEKLY_SMTP__HOST"))
    else:
        if not mistakes:
            return settings
    raise _blame(path.name, mistakes)


def _blame(file: str, mistakes: Sequence[tuple[str, str]]) -> SettingsError:
    """Return the error of mistakes in the file, in the environment or in both; variables are named."""
    variables = {name.lower(): name for name in os.environ}
    sources, named = set(), []
    for place, message in mistakes:
        parts = place.lower().split(".")
        names = ("weekly_" + "__".join(parts[:count]) for count in range(len(parts), 0, -1))
        variable = next((variables[name] for name in names if name in variables), "")
        is_set_there = variable or place in os.environ or place == _ENVIRONMENT
        sources.add(_ENVIRONMENT if is_set_there else file)
        named.append((place, f"{message} (from {variable})" if variable else message))
    return SettingsError(" and ".join(sorted(sources, key=lambda source: source == _ENVIRONMENT)), named)


def read_transport_options(settings: Settings, spec: TransportSpec, source: str) -> Any:  # noqa: ANN401 - the transport knows its type
    """Return the options of a transport, from its own table; raises SettingsError with every mistake."""
    given = getattr(settings.transport, spec.name, None)
    if given is None:
        return getattr(settings, spec.name)
    if not isinstance(given, dict):
        return given
    return _read_table(f"transport.{spec.name}", given, spec.options or Options, source)


def read_webhook_options(settings: Settings, spec: WebhookSpec, source: str) -> Options:
    """Return the options of a webhook, from its own table; raises SettingsError with every mistake."""
    given = getattr(settings.webhooks, spec.name)
    return _read_table(f"webhooks.{spec.name}", given, spec.options or Options, source)


def _read_table(table: str, given: dict[str, Any], options: type[Options], source: str) -> Options:
    try:
        return options.model_validate(given)
    except ValidationError as error:
        found = [_mistake(dict(detail), options) for detail in error.errors()]
        raise SettingsError(source, [(f"{table}.{path}", message) for path, message in found]) from error


def dump_settings(settings: Settings, source: str) -> dict[str, Any]:
    """Write all settings as JSON has them; secrets are masked, also those of transports of packages.

    Raises PluginError when a package whose table the file has cannot be imported.
    """
    dumped = settings.model_dump(mode="json", by_alias=True)
    for name in transport_names():
        if dumped["transport"].get(name) and name not in BUILT_IN:
            options = read_transport_options(settings, find_transport(name), source)
            dumped["transport"][name] = options.model_dump(mode="json", by_alias=True)
    for name in webhook_names():
        if dumped["webhooks"][name]:
            table = read_webhook_options(settings, find_webhook(name), source)
            dumped["webhooks"][name] = table.model_dump(mode="json", by_alias=True)
    for name in news_sections():
        spec, table = find_section(name), dumped["sections"][name]
        table |= {key: getattr(spec, key) for key, value in table.items() if value is None}
    return dumped


def placeholders(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what must be filled in before a letter may leave for its readers, as `(path, message)`."""
    newsletter = settings.newsletter
    relay = settings.smtp.host if settings.transport.kind == "smtp" else None
    yield from find_placeholders(
        newsletter.base_url, newsletter.postal_address, newsletter.from_, relay=relay
    )


def find_missing_login(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield a login of the relay that lacks its password, as `(path, message)`."""
    smtp = settings.smtp
    has_secret = smtp.password.get_secret_value() or smtp.token_command
    if settings.transport.kind == "smtp" and smtp.username and not has_secret:
        given = {name: text for name, text in os.environ.items() if name.lower() == "weekly_smtp__password"}
        if empty := next((name for name, text in given.items() if not text), ""):
            yield "smtp.username", f"is set, and {empty} is empty: set it, or unset it to use .secrets"
            return
        advice = "write smtp_password into .secrets, or set WEEKLY_SMTP__PASSWORD"
        yield "smtp.username", f"is set, and there is no password: {advice}"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        advice = "give the newsletter's folder with -C DIR, or make one: weekly init DIR"
        raise SettingsError(path.name, [("", f"{path} does not exist; {advice}")]) from None
    except OSError as error:
        raise SettingsError(path.name, [("", f"{path} cannot be read: {error.strerror}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        cause = describe_toml_error(error)
        raise SettingsError(path.name, [("", f"{path} is not valid TOML: {cause}")]) from error


def _misplaced(data: Mapping[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield the secrets that stand in the file, which is in git."""
    for key, value in data.items():
        path = (*place, key)
        if isinstance(value, dict):
            # Transports of packages may have keys of their own that are called like this.
            yield from _misplaced(value, path) if path[0] in ("smtp", "imap", "webhooks") else ()
        elif _SECRET.search(key):
            yield ".".join(path), f"does not belong in weekly.toml: {_advise(path)}"


def _advise(path: tuple[str, ...]) -> str:
    """Return where a secret belongs instead."""
    table = next((name for name in ("smtp", "imap") if name in ".".join(path).lower()), "")
    if path[0] == "webhooks" and len(path) > 1:
        name = path[1] if len(path) > 2 else "NAME"  # noqa: PLR2004 - table, webhook and key
        variable = f"WEEKLY_WEBHOOKS__{name.upper()}__SECRETS"
        return f'set {variable}, or write {name} = "…" into the table [webhooks] of .secrets'
    if table:
        return f"set WEEKLY_{table.upper()}__PASSWORD, or put {table}_password into .secrets"
    return "put it into .secrets, or into the environment"


def _foreign(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables that look like settings and name no section."""
    for name in sorted(environ):
        if not name.lower().startswith("weekly_"):
            continue
        section, double, key = name.lower().removeprefix("weekly_").partition("__")
        single, _, key = section.partition("_")
        if not double and key and single in Settings.model_fields:
            yield name, f"is not a setting; write two underscores: WEEKLY_{single.upper()}__{key.upper()}"
        if double and section not in (*Settings.model_fields, "secrets"):
            yield name, f"is not a setting; {_suggest(Settings, [section])}"


def _mistake(detail: Mapping[str, Any], model: type[BaseModel] = Settings) -> tuple[str, str]:
    location = [str(part) for part in detail["loc"]]
    message = _in_words(detail)
    if detail["type"] == "extra_forbidden":
        message = f"is not a setting; {_suggest(model, location)}"
    return ".".join(location), message


def _suggest(model: type[BaseModel], location: list[str]) -> str:
    """Return what a key that does not exist may have meant, or else the keys that do."""
    *tables, key = location
    for name in tables:
        inner = model.model_fields[name].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        model = inner
    known = [field.alias or name for name, field in model.model_fields.items()]
    return did_you_mean(key, known) or f"known here: {', '.join(known)}"


def _in_words(detail: Mapping[str, Any]) -> str:
    """Return one error of pydantic in our words, without repeating the value."""
    kind = str(detail["type"])
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in _LIMITS:
        return _LIMITS[kind].format_map(detail["ctx"])
    if kind == "literal_error":
        return f"must be {detail['ctx']['expected']}"
    return str(detail["msg"]).removeprefix("Value error, ")
