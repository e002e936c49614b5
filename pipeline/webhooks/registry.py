"""Every webhook: our own and those of installed packages, imported when used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final, cast

from pipeline.plugins.entry_points import find_plugins, load_plugin
from pipeline.webhooks.webhook import WebhookSpec

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "ses": "pipeline.webhooks.providers.ses",
        "postmark": "pipeline.webhooks.providers.postmark",
        "sendgrid": "pipeline.webhooks.providers.sendgrid",
        "mailgun": "pipeline.webhooks.providers.mailgun",
        "resend": "pipeline.webhooks.providers.resend",
        "brevo": "pipeline.webhooks.providers.brevo",
        "standard": "pipeline.webhooks.providers.standard",
    }
)
"""The module of each webhook of our own, by name; its spec is called `WEBHOOK` there."""

_GROUP: Final = "weekly_insights.webhooks"


def webhook_names() -> tuple[str, ...]:
    """List what `[webhooks] enabled` can name, our own first."""
    return (*BUILT_IN, *(name for name in find_plugins(_GROUP) if name not in BUILT_IN))


def find_webhook(name: str) -> WebhookSpec:
    """Import a webhook; raises PluginError when an installed package has a broken one."""
    if name in BUILT_IN:
        return cast("WebhookSpec", import_module(BUILT_IN[name]).WEBHOOK)
    return load_plugin(_GROUP, name, WebhookSpec)
