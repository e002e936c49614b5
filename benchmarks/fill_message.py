"""What one reader's copy of a 60 KB letter costs: our fill, the standard library, and the least possible.

Run `python benchmarks/fill_message.py`; it takes some seconds, interleaves its three subjects, reports
CPU medians, and exits 1 when the fill is less than 300 times cheaper than the standard library's way.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

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


def cost_us(work, times: int) -> float:
    """Measure CPU microseconds per call."""
    begin = time.process_time_ns()
    for i in range(times):
        work(i)
    return (time.process_time_ns() - begin) / times / 1000


def measure(message: Message, rendered: Rendered) -> dict[str, float]:
    """Take the median of interleaved rounds of each subject."""
    people = readers()
    parts = [b"" if isinstance(segment, Hole) else segment for segment in message.segments]
    subjects = {
        "fill": (lambda i: message.fill(people[i % 64]), FILLS),
        "EmailMessage": (lambda i: build(rendered, people[i % 64]), BUILDS),
        "join": (lambda _: b"".join(parts), FILLS),
    }
    costs: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, (work, times) in subjects.items():
            costs[name].append(cost_us(work, times))
    return {name: statistics.median(values) for name, values in costs.items()}


def main() -> int:
    """Print the comparison; 1 when the goal is missed."""
    rendered = letter()
    begin = time.process_time()
    message = compile_letter(rendered, LETTERHEAD, frozen_at=AT, readers_phrase="1,300+ readers")
    compiled_ms = (time.process_time() - begin) * 1000
    cost = measure(message, rendered)
    size = len(message.fill(readers()[1]))
    ratio = cost["EmailMessage"] / cost["fill"]
    segments = f"{len(message.segments)} segments; compiled and verified in {compiled_ms:.0f} ms"
    print(f"message            {size:>10,} bytes, {segments}")
    print(f"fill               {cost['fill']:>10.1f} µs per reader")
    print(f"EmailMessage       {cost['EmailMessage']:>10.1f} µs per reader = {ratio:.0f} x fill")
    least = cost["fill"] / cost["join"]
    print(f"join of segments   {cost['join']:>10.1f} µs per reader = 1/{least:.1f} of fill")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
