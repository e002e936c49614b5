"""What comes back, as part of a run: reads the configured mailboxes; a mailbox that fails stops no letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError, SettingsError
from pipeline.exits import LOOK
from pipeline.files import resolve
from pipeline.run.reading import has_current_store

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
    return [open_mailbox() for _, open_mailbox in _configured(newsletter, again=again)]


def _configured(
    newsletter: Newsletter, *, again: bool = False
) -> Iterator[tuple[str, Callable[[], MailSource]]]:
    """Yield the setting of each mailbox with what opens it, or raises PipelineError that names it."""
    imap, mailbox = newsletter.settings.imap, newsletter.settings.bounces.mailbox

    def open_imap() -> MailSource:
        from pipeline.bounces.sources.imap import ImapMailbox

        if imap.username and not imap.password.get_secret_value():
            advice = "write imap_password into .secrets, or set WEEKLY_IMAP__PASSWORD"
            raise PipelineError(f"imap.username is set, and there is no password: {advice}")
        return ImapMailbox(imap, again=again)

    def open_file() -> MailSource:
        from pipeline.bounces.sources.files import open_path

        path = resolve(newsletter.folder, mailbox)
        if not path.exists():
            raise PipelineError(f"[bounces] mailbox: {path} does not exist; name a Maildir or an mbox")
        try:
            return open_path(path)
        except PipelineError as error:
            raise PipelineError(f"[bounces] mailbox: {error}") from error

    if imap.host:
        yield "[imap]", open_imap
    if mailbox:
        yield "[bounces] mailbox", open_file


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
    """Read the configured mailboxes before a send; returns the exit codes that it adds.

    One that cannot be read does not keep the others from being read, and is noted for `weekly status`.
    """
    if not has_mailbox(newsletter) or not has_current_store(newsletter):
        return []
    from pipeline.bounces.ingest import IngestReport
    from pipeline.bounces.ingest_words import ingest_words
    from pipeline.store.mailbox_notes import note_mailboxes

    report, errors = IngestReport(), []
    for setting, open_mailbox in _configured(newsletter):
        try:
            ingest_all(newsletter, [open_mailbox()], report)
        except SettingsError:
            raise
        except (PipelineError, OSError) as error:
            errors.append(str(error))
        except Exception as error:  # noqa: BLE001 - strangers write these mails: none may stop a letter
            errors.append(f"{setting}: internal error ({type(error).__name__})")
    note_mailboxes(newsletter.engine, "; ".join(errors), newsletter.clock.now())
    for words in errors:
        reporter.say(f"bounces were not read: {words}")
    if report.mails:
        reporter.tell(ingest_words(report))
    return [LOOK for _ in errors[:1]]


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
