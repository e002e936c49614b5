"""Reports about letters that a newsroom has sent, and the store that takes them."""

from __future__ import annotations

from dataclasses import replace

from pipeline.bounces.options import BounceOptions
from pipeline.model.returned import Returned, ReturnKind, ReturnReport
from pipeline.store.returned import ReturnedMail
from subscribers.tokens import Keyring, mail_ref
from support.databases import make_rows
from support.stores import KEY, NOW, ScriptedTransport, freezing, people_of

KEYRING = Keyring(((1, KEY),))
WEEKS = ("2026-W48", "2026-W49", "2026-W50", "2026-W51", "2026-W52")


def mail(room, **options) -> ReturnedMail:
    return ReturnedMail(room.engine, keyring=KEYRING, options=BounceOptions(**options))


def send_more(room, weeks=WEEKS[1:]):
    """Send later issues to everybody; the room is as it was opened, with its first issue sent."""

    def make():
        for number, week in enumerate(weeks, 2):
            room.issue = room.issues.freeze(freezing(week, number), NOW)
            room.send(ScriptedTransport())
        return room.issue

    room.issue = make_rows(room.engine, ("sent", room.readers, weeks), make)


def report(room, kind=ReturnKind.HARD, *, week=WEEKS[0], reader=0, name="r1", **changes) -> ReturnReport:
    ref = mail_ref(KEYRING, week, room.public_ids[reader])
    returned = Returned(
        kind, references=(f"<{week.lower()}.{ref}@news.example.org>",), recipients=(f"r{reader}@example.org",)
    )
    return ReturnReport(name, "imap", (replace(returned, **changes),))


def states(room) -> list[str]:
    people = people_of(room.engine)
    return [people.find(each).state.word for each in room.public_ids]
