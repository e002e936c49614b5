"""Says what was read of a mailbox: all of it in one line, each mail in a line of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bounces.ingest import IngestedMail, IngestReport
from pipeline.model.plurals import count_noun
from pipeline.model.returned import ReturnKind, ReturnOutcome, ReturnResult


def ingest_words(report: IngestReport) -> str:
    """Return what was read in one line, without what there is none of."""
    counts = {
        **{kind.word: report.kinds[kind] for kind in ReturnKind},
        "counted before": report.outcomes[ReturnOutcome.DUPLICATE],
        "automatic": report.ignored,
        "left for a person" + _left_words(report): report.left + report.waiting,
        "unreadable": report.unreadable,
    }
    words = [f"{count:,} {word}" for word, count in counts.items() if count]
    acts = [f"{count_noun(count, 'reader')} {word}" for word, count in sorted(report.actions.items())]
    if report.settled:
        acts.append(f"{count_noun(report.settled, 'unknown outcome')} settled")
    return "; ".join((f"{count_noun(report.mails, 'mail')}: {', '.join(words) or 'nothing'}", *acts))


def _left_words(report: IngestReport) -> str:
    """Return in brackets why mails were left."""
    counts = {
        "not a report": report.other,
        "about no letter to a reader here": report.left - report.other,
        "since an earlier run": report.waiting,
    }
    words = [f"{count:,} {why}" for why, count in counts.items() if count]
    return f" ({', '.join(words)})"


def mail_lines(mail: IngestedMail, *, with_reader: bool) -> Iterator[str]:
    """Yield a line for each result of a mail: its place, what it is, which letter it names, what follows.

    The reader's address is for the terminal of the operator only: what a mail server pipes in is logged.
    """
    if mail.is_unreadable:
        yield f"{mail.place}: {mail.what}; it stays"
    elif not mail.results:
        yield f"{mail.place}: {mail.what}; {'counts for nothing' if mail.is_done else 'stays for a person'}"
    for result in mail.results:
        words = _result_words(result, with_reader=with_reader)
        yield f"{mail.place}: {mail.what}, {result.kind.word}; {words}"


def _result_words(result: ReturnResult, *, with_reader: bool) -> str:
    letter = f"{result.week} to {result.email or 'an erased reader'}" if with_reader else result.week
    match result.outcome:
        case ReturnOutcome.UNMATCHED:
            return "about no letter to a reader here; stays for a person"
        case ReturnOutcome.MISMATCHED:
            return f"names the letter {letter}, but another address; stays for a person"
        case ReturnOutcome.DUPLICATE:
            return f"letter {letter}: counted before"
    follows = f"the reader is {result.action}" if result.action else "the reader stays"
    if result.kind < ReturnKind.SOFT:
        follows = "not against the reader"
    settled = ", its unknown outcome is settled" if result.settled else ""
    return f"letter {letter}: counts, {follows}{settled}"
