"""Builds the webhooks that the settings enable, and refuses any that would believe everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from pipeline.errors import SettingsError
from pipeline.model.delivery import ReferenceHeader
from pipeline.model.suggest import did_you_mean
from pipeline.settings.load import read_webhook_options
from pipeline.settings.parse import is_placeholder
from pipeline.settings.tables import Settings
from pipeline.webhooks.registry import find_webhook, webhook_names
from pipeline.webhooks.webhook import Webhook, WebhookSpec

SECRET_CHARS = 16
"""Shorter secrets can be guessed; those that providers make have 32 or more."""


def make_webhooks(
    settings: Settings, secrets: Mapping[str, tuple[str, ...]], source: str
) -> dict[str, Webhook]:
    """Return the enabled webhooks by name; raises SettingsError when one is not secured.

    Every mistake is named at once; no secret is repeated.
    """
    made: dict[str, Webhook] = {}
    mistakes = [
        (f"webhooks.{name}", f"has a secret and is not a webhook; {_suggest(name)}")
        for name in secrets
        if name not in webhook_names()
    ]
    for name in settings.webhooks.enabled:
        spec, given = find_webhook(name), secrets.get(name, ())
        mistakes += _mistakes(spec, given)
        try:
            made[name] = Webhook(spec, read_webhook_options(settings, spec, source), given)
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(source, mistakes)
    return made


def _suggest(name: str) -> str:
    return did_you_mean(name, webhook_names()) or f"known here: {', '.join(webhook_names())}"


def _mistakes(spec: WebhookSpec, secrets: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    place = f"webhooks.{spec.name}"
    if not all(find_spec(module) for module in spec.needs_modules):
        yield place, "needs an extra: pip install 'weekly-insights[webhooks]'"
    if spec.needs_secret and not secrets:
        variable = f"WEEKLY_WEBHOOKS__{spec.name.upper()}__SECRETS"
        missing = "has no secret, so anyone could report anything"
        yield place, f"{missing}: set {variable}, or write it into the table [webhooks] of .secrets"
    for number, secret in enumerate(secrets, 1):
        if len(secret) < SECRET_CHARS or is_placeholder(secret):
            yield place, f"secret {number} has fewer than {SECRET_CHARS} characters, or is a placeholder"
            continue
        try:
            if spec.check_secret is not None:
                spec.check_secret(secret)
        except ValueError as error:
            yield place, f"secret {number} {error}"


def find_reference_headers(settings: Settings) -> tuple[ReferenceHeader, ...]:
    """Return what letters carry so that the reports of the enabled webhooks name their reader's copy."""
    found = (find_webhook(name).reference_header for name in settings.webhooks.enabled)
    return tuple(header for header in found if header is not None)
