"""What comes back, as part of a run: reads the configured mailboxes; a mailbox that fails stops no letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import PipelineError, SettingsError
from pipeline.exits import LOOK

if TYPE_CHECKING:
    from pipeline.bounces.ingest import IngestReport, MailSource
    from pipeline.model.delivery import Report
    from pipeline.run.reporter import Reporter
    from pipeline.store.reading import FrozenIssue
    from pipeline.wiring import Newsletter


def has_mailbox(newsletter: Newsletter) -> bool:
    """Return whether the settings name a place that bounces are read from."""
    return bool(newsletter.settings.imap.host or newsletter.settings.bounces.mailbox)


def open_mailboxes(newsletter: Newsletter, *, again: bool = False) -> list[MailSource]:
    """Open the mailboxes that the settings name; raises PipelineError for one that is not there."""
    from pipeline.bounces.sources.files import open_path

    found: list[MailSource] = []
    if newsletter.settings.imap.host:
        from pipeline.bounces.sources.imap import ImapMailbox

        found.append(ImapMailbox(newsletter.settings.imap, again=again))
    if newsletter.settings.bounces.mailbox:
        found.append(open_path(newsletter.folder / newsletter.settings.bounces.mailbox))
    return found


def ingest_all(
    newsletter: Newsletter, sources: list[MailSource], report: IngestReport, *, dry_run: bool = False
) -> None:
    """Read mailboxes into the database; what was read before an error is counted in `report`."""
    from pipeline.bounces.ingest import ingest, rehearse_ingest

    now = newsletter.clock.now()
    try:
        if dry_run:
            rehearse_ingest(sources, newsletter.returned, report, now)
        for source in () if dry_run else sources:
            ingest(source, newsletter.returned, report, now)
    finally:
        for source in sources:
            source.close()


def take_returned(newsletter: Newsletter, reporter: Reporter) -> list[int]:
    """Read the configured mailboxes before a send; returns the exit codes that it adds."""
    if not has_mailbox(newsletter) or not newsletter.has_store():
        return []
    from pipeline.bounces.ingest import IngestReport
    from pipeline.bounces.ingest_words import ingest_words

    report, codes = IngestReport(), []
    try:
        ingest_all(newsletter, open_mailboxes(newsletter), report)
    except SettingsError:
        raise
    except (PipelineError, OSError) as error:
        reporter.say(f"bounces were not read: {error}")
        codes.append(LOOK)
    except Exception as error:  # noqa: BLE001 - strangers write these mails: none may stop a letter
        reporter.say(f"bounces were not read: internal error ({type(error).__name__})")
        codes.append(LOOK)
    if report.mails:
        reporter.tell(ingest_words(report))
    return codes


def tell_mailboxes(newsletter: Newsletter, reporter: Reporter) -> None:
    """Print that a run would read what came back, if a mailbox is configured."""
    if has_mailbox(newsletter):
        reporter.say("would read what came back first: `weekly bounces ingest --dry-run` shows it")


def act_on_refused(newsletter: Newsletter, reporter: Reporter, issue: FrozenIssue, report: Report) -> None:
    """Act on the readers whose address was refused during the send of an issue."""
    if not (report.failures.get("hard") or report.counts["expired"]):
        return
    left = newsletter.returned.act_on_refusals(issue.id, newsletter.clock.now())
    if left:
        readers = "1 reader was" if left == 1 else f"{left:,} readers were"
        reporter.tell(f"{issue.week}: {readers} taken off the list, whose address does not exist")
