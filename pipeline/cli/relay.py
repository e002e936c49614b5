"""`weekly relay`: whether letters could leave and what to set for it; the end of a pause it asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import dry_run_option, group, json_option, open_newsletter, say
from pipeline.cli.outputs import print_json

if TYPE_CHECKING:
    from pipeline.run.relay_check import RelayChecked
    from pipeline.wiring import Newsletter


@group()
def relay() -> None:
    """Check the relay that letters leave through, and end a pause that it asked for."""


@relay.command()
@click.option(
    "--probe",
    metavar="ADDRESS",
    help="The address to ask about; nothing is sent to it.  [default: postmaster where most readers are]",
)
@click.option("--send", "recipient", metavar="ADDRESS", help="Also send a test copy of the next letter.")
@json_option
@click.pass_context
def check(ctx: click.Context, *, probe: str | None, recipient: str | None, as_json: bool) -> None:
    """Connect, greet, log in, name sender and a reader, and take it back: no letter is sent.

    Shows what the relay is and announces, and what to set for it. With --send one test copy goes out.

    \b
    weekly relay check
    weekly relay check --send you@example.org

    Exit codes: 0 sending would work; 1 it would fail; 75 it may work later.
    """  # noqa: D301 - click wants the character itself
    from pipeline.run.relay_check import check_relay
    from subscribers.addresses import parse_address

    newsletter = open_newsletter()
    addresses = {
        name: parse_address(given).email for name, given in (("probe", probe), ("send", recipient)) if given
    }
    checked = check_relay(newsletter, probe=addresses.get("probe") or addresses.get("send", ""))
    if not as_json:
        for line in describe(checked):
            click.echo(line)
    copied = addresses.get("send", "") if checked.code == 0 else ""
    if copied:
        say(send_copy(newsletter, copied))
    if as_json:
        print_json({"exit_code": checked.code, **as_document(checked), "sent": copied or None})
    ctx.exit(checked.code)


@relay.command()
@dry_run_option
def resume(*, dry_run: bool) -> None:
    """End a pause that the relay asked for, such as one for a quota that is used up.

    Also forgets the slower rate and the fewer connections that it asked for. The next `weekly run` goes on;
    if the relay still refuses, the pause begins again and no reader is charged. Limits of the settings stay.

    Example: weekly relay resume
    """
    from pipeline.run.pacing import end_pace_wait, find_pace_wait

    newsletter = open_newsletter()
    waits = find_pace_wait(newsletter)
    if waits is None or not waits.asked:
        say(f"the relay has asked for no pause; {waits}" if waits else "the relay has asked for no pause")
    elif dry_run:
        say(f"would end: {waits}")
    else:
        say(f"ended: {waits}; the next `weekly run` goes on")
    if not dry_run:
        end_pace_wait(newsletter)


def send_copy(newsletter: Newsletter, address: str) -> str:
    """Send a test copy of the next letter; returns what happened, raises PipelineError when it is refused."""
    from pipeline.run.single_mails import send_test

    rendered = newsletter.edition().draft(newsletter.week(None, has_letter=True)).rendered
    return send_test(newsletter, rendered, [address])


def describe(checked: RelayChecked) -> Iterator[str]:
    """Describe a relay in lines for people."""
    facts = checked.facts
    if checked.transport != "smtp":
        what = "letters are written as files into" if checked.transport == "outbox" else "letters leave by"
        yield f"{what} {checked.where}; there is no relay to check"
    else:
        yield f"{checked.where}: {checked.software or 'not recognised'}"
    rows = {
        "greeting": facts.banner,
        "TLS": _tls(checked),
        "announces": ", ".join(f"{name} {rest}".strip() for name, rest in facts.offers.items()),
        "login": facts.login and f"accepted by {facts.login}",
        "letter": _size(checked),
    }
    rows |= {f"{answer.stage} answer": f"{answer.code} {answer.detail}" for answer in facts.probe}
    yield from (f"  {name:<12} {text}" for name, text in rows.items() if text)
    for finding in checked.findings:
        yield f"{finding.severity}: {finding.what} [{finding.id}]"
        yield f"  why: {finding.why}"
        yield f"  next: {finding.fix}"
    yield {0: "sending would work", 75: "sending may work later"}.get(checked.code, "sending would fail")


def _tls(checked: RelayChecked) -> str:
    tls = checked.facts.tls
    if tls is None:
        return "none: everything is sent in plain text" if checked.facts.banner else ""
    until = f", certificate until {tls.expires_at:%Y-%m-%d}" if tls.expires_at else ""
    return f"{tls.version}{until}" + (f", issued by {tls.issuer}" if tls.issuer else "")


def _size(checked: RelayChecked) -> str:
    if not checked.letter_bytes:
        return "cannot be made now: see `weekly issue check`"
    most = f" of at most {checked.facts.max_bytes:,}" if checked.facts.max_bytes else ""
    return f"{checked.letter_bytes:,} bytes{most}"


def as_document(checked: RelayChecked) -> dict[str, object]:
    """Return what `--json` prints of a check."""
    facts = checked.facts
    return {
        "transport": checked.transport,
        "where": checked.where,
        "software": str(checked.software or "") or None,
        "banner": facts.banner,
        "extensions": facts.offers,
        "max_bytes": facts.max_bytes or None,
        "letter_bytes": checked.letter_bytes or None,
        "tls": asdict(facts.tls) if facts.tls else None,
        "login": facts.login,
        "greets_with": facts.own_name,
        "probe": checked.probe,
        "answers": [
            {"stage": answer.stage, "code": answer.code, "detail": answer.detail} for answer in facts.probe
        ],
        "findings": [asdict(finding) for finding in checked.findings],
    }
