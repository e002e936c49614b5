"""`weekly web …`: the public pages and the webhooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import group, open_newsletter, say

if TYPE_CHECKING:
    from pipeline.web.served import ServedPeople
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
    /healthz answers 503 with the cause while the database cannot be used; no database is ever made here.
    Example: weekly web serve --port 8000
    """
    from pipeline.web.app import create_app
    from pipeline.web.app import serve as serve_app
    from pipeline.web.served import ServedPeople

    newsletter = open_newsletter()
    settings = newsletter.settings
    require = _require(newsletter)
    people = ServedPeople(require, lambda: newsletter.people)
    app = create_app(
        people,
        newsletter.secrets.signing,
        now=newsletter.clock.now,
        newsletter_name=settings.newsletter.name,
        language=settings.newsletter.language,
        templates=newsletter.templates,
        webhooks=_open_webhooks(newsletter, require),
    )
    _look_at_store(people)
    for name in settings.webhooks.enabled:
        say(f"webhook {name}: {settings.newsletter.base_url}/hooks/{name}")
    serve_app(
        app,
        host or settings.web.host,
        settings.web.port if port is None else port,
        ready=lambda address: say(f"serving confirm and unsubscribe pages on {address}"),
    )


def _require(newsletter: Newsletter) -> Callable[[], None]:
    def require() -> None:
        from pipeline.store.lost import require_store

        require_store(newsletter.engine, newsletter.folder)

    return require


def _look_at_store(people: ServedPeople) -> None:
    """Print that the store cannot be used now; raises what no waiting helps against, such as lost keys."""
    from pipeline.errors import PipelineError, StoreUnusable, TryLater
    from pipeline.web import guards

    try:
        with guards.store_errors():
            people.check()
    except guards.Unavailable as error:
        cause = error.__cause__
        if isinstance(cause, PipelineError) and not isinstance(cause, StoreUnusable | TryLater):
            raise cause from error
        say(f"the database cannot be used ({error.cause}); until it can, every page answers 503")


def _open_webhooks(newsletter: Newsletter, require: Callable[[], None]) -> Webhooks | None:
    """Return the webhooks that are served; raises SettingsError when one is not secured."""
    if not newsletter.settings.webhooks.enabled:
        return None
    from pipeline.settings.values import make_fetch_options
    from pipeline.settings.webhooks import make_webhooks
    from pipeline.web.guarded_fetch import GuardedFetch
    from pipeline.web.served import ServedReturns
    from pipeline.web.webhooks import Webhooks

    settings, secrets, now = newsletter.settings, newsletter.secrets, newsletter.clock.now
    return Webhooks(
        make_webhooks(settings, secrets.webhooks, newsletter.config.name),
        ServedReturns(require, lambda: newsletter.returned),
        now=now,
        fetch=GuardedFetch(make_fetch_options(settings), clock=now),
    )
