"""What weekly.toml and the environment may say, typed; every mistake is reported at once with its path.

Read in `wiring` only, and passed on as plain values.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import (
    ValidationError,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from pipeline.check.options import CheckOptions
from pipeline.content.lint.options import StyleOptions
from pipeline.errors import SettingsError
from pipeline.model.problem import Problem
from pipeline.settings.feeds import FeedsSection
from pipeline.settings.messages import in_words
from pipeline.settings.preview import PreviewSection
from pipeline.settings.tables import (
    DeliverySection,
    NewsletterSection,
    ScheduleSection,
    SectionsSection,
    SelectionSection,
    SmtpSection,
    StoreSection,
    TransportSection,
    WebSection,
)


def is_placeholder(value: str) -> bool:
    """Tell whether a value is still what `weekly init` wrote there, or empty."""
    return not value.strip() or "change-me" in re.sub(r"[\s_]+", "-", value.lower())


class _Environment(EnvSettingsSource):
    """The environment, but for the name of the password's file: `keyring` reads that."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        if isinstance(smtp := found.get("smtp"), dict):
            smtp.pop("password_file", None)
        return found


class Settings(BaseSettings):
    """Everything, after weekly.toml and the environment were merged; the environment wins."""

    model_config = SettingsConfigDict(
        env_prefix="WEEKLY_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    newsletter: NewsletterSection = NewsletterSection()
    schedule: ScheduleSection = ScheduleSection()
    store: StoreSection = StoreSection()
    transport: TransportSection = TransportSection()
    smtp: SmtpSection = SmtpSection()
    delivery: DeliverySection = DeliverySection()
    sections: SectionsSection = SectionsSection()
    selection: SelectionSection = SelectionSection()
    content: StyleOptions = StyleOptions()
    checks: CheckOptions = CheckOptions()
    feeds: FeedsSection = FeedsSection()
    preview: PreviewSection = PreviewSection()
    web: WebSection = WebSection()

    @property
    def silent(self) -> frozenset[str]:
        """The rules that are switched off."""
        levels = {**self.content.rules, **self.checks.rules}
        return frozenset(rule for rule, level in levels.items() if level == "off")

    def heard(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Leave out the problems of rules that are switched off."""
        return tuple(problem for problem in problems if problem.rule not in self.silent)

    @classmethod
    def settings_customise_sources(  # noqa: D102 - pydantic-settings' hook
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return _Environment(settings_cls), init_settings


def read_settings(path: Path, *, smtp_password: str = "") -> Settings:
    """Read weekly.toml and the environment.

    `smtp_password` is what a secrets file or `WEEKLY_SMTP__PASSWORD_FILE` gave; the environment's own
    password wins. Raises SettingsError with every mistake.
    """
    data = _read_toml(path)
    mistakes = [*_misplaced(data), *_foreign(os.environ)]
    if smtp_password and isinstance(data.get("smtp", {}), dict):
        data["smtp"] = {**data.get("smtp", {}), "password": smtp_password}
    try:
        settings = Settings(**data)
    except ValidationError as error:
        mistakes += [_mistake(dict(detail)) for detail in error.errors()]
    except UnreadableVariable as error:
        mistakes.append(("the environment", f"{error}; name section and key: WEEKLY_SMTP__HOST"))
    else:
        if not mistakes:
            return settings
    raise SettingsError(path.name, mistakes)


def placeholders(settings: Settings) -> Iterator[tuple[str, str]]:
    """List what must be filled in before a letter may leave by SMTP, as `(path, message)`."""
    newsletter = settings.newsletter
    wanted = {
        "newsletter.base_url": (
            newsletter.base_url,
            "the https address of the confirm and unsubscribe pages",
        ),
        "newsletter.postal_address": (newsletter.postal_address, "the postal address that the law asks for"),
        # Empty is the host of base_url, and as good as that is.
        "newsletter.from": (
            newsletter.from_ or newsletter.base_url,
            "the address that the letter comes from",
        ),
    }
    for path, (value, what) in wanted.items():
        if is_placeholder(value):
            yield path, f"is still a placeholder; write {what} in weekly.toml before sending by SMTP"
    parts = urlsplit(newsletter.base_url)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        yield (
            "newsletter.base_url",
            "must be https: mail programs do not offer one-click unsubscribe otherwise",
        )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        advice = "give the newsletter's folder with -C DIR, or make one: weekly init DIR"
        raise SettingsError(path.name, [("", f"{path} does not exist; {advice}")]) from None
    except OSError as error:
        raise SettingsError(path.name, [("", f"{path} cannot be read: {error.strerror}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(path.name, [("", f"{path} is not valid TOML: {error}")]) from error


def _misplaced(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    smtp = data.get("smtp")
    if isinstance(smtp, dict) and "password" in smtp:
        yield (
            "smtp.password",
            "does not belong in weekly.toml: set WEEKLY_SMTP__PASSWORD or put it into .secrets",
        )


def _foreign(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """List the variables that look like settings and name no section."""
    for name in sorted(environ):
        if not name.lower().startswith("weekly_"):
            continue
        section, double, key = name.lower().removeprefix("weekly_").partition("__")
        single, _, key = section.partition("_")
        if not double and key and single in Settings.model_fields:
            yield name, f"is not a setting; write two underscores: WEEKLY_{single.upper()}__{key.upper()}"
        is_ours = bool(double)
        if is_ours and section not in (*Settings.model_fields, "secrets"):
            yield name, f"is not a setting{_did_you_mean([section])}"


def _mistake(detail: Mapping[str, Any]) -> tuple[str, str]:
    location = [str(part) for part in detail["loc"]]
    message = in_words(detail)
    if detail["type"] == "extra_forbidden":
        message = "is not a setting" + _did_you_mean(location)
    return ".".join(location), message


def _did_you_mean(location: list[str]) -> str:
    fields = Settings.model_fields
    if len(location) > 1 and location[0] in fields:
        section = fields[location[0]].annotation
        known = [field.alias or name for name, field in section.model_fields.items()] if section else []
    else:
        known = list(fields)
    close = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(known)}"
