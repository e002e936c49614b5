"""A newsletter whose first letter went to three readers, and the server that providers report to."""

from __future__ import annotations

from sqlalchemy import select

from pipeline.bounces.options import BounceOptions
from pipeline.store.returned import ReturnedMail
from pipeline.store.tables import metadata
from pipeline.web.app import create_app
from pipeline.web.webhooks import FetchError, Webhooks
from pipeline.webhooks.registry import find_webhook
from pipeline.webhooks.webhook import Webhook
from subscribers.tokens import Keyring, mail_ref
from support.environment import NOW
from support.public_pages import TEMPLATES
from support.stores import KEY, Newsroom, people_of
from support.web_client import open_client
from support.webhook_requests import Event
from support.webhook_senders import SENDERS
from support.webhook_ses import CERTIFICATE_URL, SUBSCRIBE_URL, Ses

KEYRING = Keyring(((1, KEY),))
WEEK = "2026-W48"


class WebhookHost:
    """The server on a newsroom; what it would fetch elsewhere is in `served`."""

    def __init__(self, room: Newsroom, senders=None, **options):
        self.room, self.engine = room, room.engine
        self.now = NOW
        self.asked = []
        self.served = {CERTIFICATE_URL: Ses().certificate, SUBSCRIBE_URL: b"<ok/>"}
        returns = ReturnedMail(
            self.engine, keyring=KEYRING, options=BounceOptions(**{"hard_issues": 1} | options)
        )
        senders = [sender() for sender in SENDERS.values()] if senders is None else senders
        self.webhooks = Webhooks(
            {sender.name: self.trust(sender) for sender in senders},
            returns,
            now=lambda: self.now,
            fetch=self.fetch,
        )
        app = create_app(
            people_of(self.engine),
            KEYRING,
            now=lambda: self.now,
            newsletter_name="Weekly",
            language="en",
            templates=TEMPLATES,
            webhooks=self.webhooks,
        )
        self.client = open_client(app, follow_redirects=False)

    @staticmethod
    def trust(sender):
        spec = find_webhook(sender.name)
        return Webhook(spec, spec.options and spec.options.model_validate(sender.options), sender.secrets)

    async def fetch(self, url):
        self.asked.append(url)
        if url not in self.served:
            raise FetchError("the server answers 404")
        return self.served[url]

    def post(self, name, post, **headers):
        return self.client.post(f"/hooks/{name}", content=post.body, headers=post.headers | headers)

    def event(self, kind="hard", reader=0, *, week=WEEK, **more):
        """Make an event about a reader's copy, as a provider that keeps the Message-ID reports it."""
        ref = mail_ref(KEYRING, week, self.room.public_ids[reader])
        own = f"{week.lower()}.{ref}@news.example.org"
        return Event(kind, f"r{reader}@example.org", f"{week}.{ref}", own, **more)

    def states(self):
        people = people_of(self.engine)
        return [people.find(each).state.word for each in self.room.public_ids]

    def everything(self):
        """Read every row of every table."""
        with self.engine.connect() as connection:
            tables = metadata.sorted_tables
            return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}


def post_refused(host: WebhookHost, name, post, **headers):
    """Post what must be refused; returns the answer after a check that nothing was changed."""
    before = host.everything()
    answer = host.post(name, post, **headers)
    assert host.everything() == before
    return answer


def check_refused(answer):
    assert (answer.status_code, answer.text) == (401, "refused\n")
    assert "www-authenticate" not in answer.headers
