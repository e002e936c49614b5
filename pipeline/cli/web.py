"""`weekly web …`: the public pages and the webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.options import group, open_newsletter, say

if TYPE_CHECKING:
    from pipeline.web.webhooks import Webhooks
    from pipeline.wiring import Newsletter


@group()
def web() -> None:
    """Serve the public pages (confirm, unsubscribe) and the webhooks."""


@web.command()
@click.option("--host", help="Address to listen on.  [default: web.host]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: web.port]")
def serve(*, host: str | None, port: int | None) -> None:
    """Serve the pages behind the links of the letters. Put a web server with TLS in front.

    Looking at a page never changes anything; pressing its button does, and so does a mail program's
    one-click request (RFC 8058). The webhooks that `[webhooks] enabled` names are at /hooks/NAME.
    Example: weekly web serve --port 8000
    """
    from pipeline.web.app import create_app
    from pipeline.web.app import serve as serve_app

    newsletter = open_newsletter()
    settings = newsletter.settings
    app = create_app(
        newsletter.people,
        newsletter.secrets.signing,
        now=newsletter.clock.now,
        newsletter_name=settings.newsletter.name,
        language=settings.newsletter.language,
        templates=newsletter.templates,
        webhooks=_open_webhooks(newsletter),
    )
    for name in settings.webhooks.enabled:
        say(f"webhook {name}: {settings.newsletter.base_url}/hooks/{name}")
    serve_app(
        app,
        host or settings.web.host,
        settings.web.port if port is None else port,
        ready=lambda address: say(f"serving confirm and unsubscribe pages on {address}"),
    )


def _open_webhooks(newsletter: Newsletter) -> Webhooks | None:
    """Return the webhooks that are served; raises SettingsError when one is not secured."""
    if not newsletter.settings.webhooks.enabled:
        return None
    from pipeline.settings.values import make_fetch_options
    from pipeline.settings.webhooks import make_webhooks
    from pipeline.web.guarded_fetch import GuardedFetch
    from pipeline.web.webhooks import Webhooks

    settings, secrets, now = newsletter.settings, newsletter.secrets, newsletter.clock.now
    return Webhooks(
        make_webhooks(settings, secrets.webhooks, newsletter.config.name),
        newsletter.returned,
        now=now,
        fetch=GuardedFetch(make_fetch_options(settings), clock=now),
    )
