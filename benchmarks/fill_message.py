"""What one reader's copy of a 60 KB letter costs: our fill, the standard library, and the least possible.

The standard library's way must cost at least 300 times the fill.
Usage: python benchmarks/fill_message.py
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from pathlib import Path

from measure import Cost, Report, alternate, call

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.deliver.mime.compile import Message, compile_letter
from pipeline.deliver.mime.message import Hole
from pipeline.deliver.personal import reader_values
from pipeline.model.delivery import Claim
from pipeline.model.issue import Letterhead
from pipeline.model.rendered import PersonalSlot, Rendered
from subscribers.tokens import Keyring

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEYRING = Keyring(((1, bytes(range(32))),))
NAMES = ("Jane", "Zoë", "Tim O'Reilly", "李雷", "Søren Kierkegaard", "", "Anna & Bo", "नमस्ते")
ROUNDS, FILLS, BUILDS = 15, 400, 2
GOAL = 300
NAME, LINK, COUNT = "zq0aqz", "zq0bqz", "zq0cqz"

LETTERHEAD = Letterhead(
    name="Example Weekly",
    tagline="",
    from_name="Example Weekly",
    from_email="news@news.example.org",
    reply_to="editor@example.org",
    list_id="weekly.news.example.org",
    base_url="https://news.example.org",
    postal_address="1 Example Street",
    language="en",
)


def letter() -> Rendered:
    """Make a letter of the size and texture of a real one."""
    row = (
        '<tr><td align="left" style="font-size:0px;padding:10px 25px;word-break:break-word;">'
        '<div style="font-family:Ubuntu, Helvetica, Arial, sans-serif;font-size:13px;line-height:1.5;">'
        "A prompt — “few-shot” — shows the model what you want, and it’s cheaper than tuning."
        "</div></td></tr>\n"
    )
    hello = f"<p>Hi {NAME},</p><p>You and {COUNT} read this.</p>"
    table = f'<table title="For {NAME}">{hello}{row * 158}</table>'
    markup = f'<html><body>{table}<a href="{LINK}">Leave</a></body></html>\n'
    text = f"Hi {NAME},\n\n" + "A prompt shows the model what you want — few words, much work.\n" * 100
    text += f"\nLeave: {LINK}\nWith {COUNT}.\n"
    slots = {NAME: PersonalSlot.NAME, LINK: PersonalSlot.UNSUBSCRIBE_URL, COUNT: PersonalSlot.READERS}
    return Rendered("2026-W48", 47, "Weekly #47: nine things worth your time", "", markup, text, slots)


def readers() -> list[dict[str, str]]:
    """Make readers whose names need every path of the encoder."""
    claims = [Claim(i, i + 1, 0, f"reader{i}@example.com", NAMES[i % len(NAMES)], 0, 1) for i in range(64)]
    return [
        reader_values(
            claim,
            week="2026-W48",
            host=LETTERHEAD.host,
            unsubscribe_base=LETTERHEAD.base_url,
            keyring=KEYRING,
        )
        for claim in claims
    ]


def build(rendered: Rendered, values: dict[str, str]) -> bytes:
    """Do the same with the standard library."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{LETTERHEAD.from_name} <{LETTERHEAD.from_email}>"
    message["To"] = values["to"]
    message["Reply-To"] = LETTERHEAD.reply_to
    message["Subject"] = rendered.subject
    message["Date"] = AT
    message["Message-ID"] = f"<{values['message_id']}>"
    message["List-Id"] = f'"{LETTERHEAD.name}" <{LETTERHEAD.list_id}>'
    message["List-Unsubscribe"] = f"<{values['unsubscribe_url']}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    late = {NAME: values["name"], LINK: values["unsubscribe_url"], COUNT: "1,300+ readers"}
    text, markup = rendered.text, rendered.html
    for token, value in late.items():
        text, markup = text.replace(token, value), markup.replace(token, value)
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(markup, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def measure(message: Message, rendered: Rendered) -> dict[str, Cost]:
    """Take the median of alternating rounds of each subject."""
    people = readers()
    parts = [b"" if isinstance(segment, Hole) else segment for segment in message.segments]

    def in_turns(work, times):
        turn = count()
        return lambda: call(lambda: work(next(turn)), times)

    subjects = {
        "fill": in_turns(lambda i: message.fill(people[i % 64]), FILLS),
        "EmailMessage": in_turns(lambda i: build(rendered, people[i % 64]), BUILDS),
        "join": in_turns(lambda _: b"".join(parts), FILLS),
    }
    return alternate(subjects, ROUNDS)


def main() -> None:
    report = Report("One reader's copy")
    rendered = letter()
    message = compile_letter(rendered, LETTERHEAD, frozen_at=AT, readers_phrase="1,300+ readers")
    cost = measure(message, rendered)
    size = len(message.fill(readers()[1]))
    report.ratio(
        f"a letter of {size:,} bytes built by the standard library's `EmailMessage`",
        cost["EmailMessage"],
        "filled into the compiled letter",
        cost["fill"],
        at_least=GOAL,
        key="fill",
    )
    report.ratio("the fill", cost["fill"], "joining its segments, the least possible", cost["join"])
    report.finish()


if __name__ == "__main__":
    main()
