"""`weekly web …`: the public pages."""

from __future__ import annotations

import click

from pipeline.cli.options import group, open_newsletter, say


@group()
def web() -> None:
    """Serve the public pages: confirm, unsubscribe."""


@web.command()
@click.option("--host", help="Address to listen on.  [default: web.host]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: web.port]")
def serve(*, host: str | None, port: int | None) -> None:
    """Serve the pages behind the links of the letters. Put a web server with TLS in front.

    Looking at a page never changes anything; pressing its button does, and so does a mail program's
    one-click request (RFC 8058). Example: weekly web serve --port 8000
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
    )
    serve_app(
        app,
        host or settings.web.host,
        settings.web.port if port is None else port,
        ready=lambda address: say(f"serving confirm and unsubscribe pages on {address}"),
    )
