"""Reading mailboxes: what is marked, what stays, and that nothing counts twice or gets lost."""

from __future__ import annotations

import io
import ssl
from dataclasses import replace

import pytest
from pydantic import SecretStr
from support.bounces import Bounced, exim, postfix, qmail
from support.imap_server import PASSWORD, ImapServer, Mailbox
from support.replies import auto_reply, complaint, human
from support.stores import KEY, NOW, Newsroom, people_of

from pipeline.bounces.ingest import IngestReport, ingest, rehearse_ingest
from pipeline.bounces.ingest_words import ingest_words, mail_lines
from pipeline.bounces.options import BounceOptions, ImapOptions
from pipeline.bounces.sources.files import MailStream, open_path
from pipeline.bounces.sources.imap import ImapMailbox
from pipeline.errors import PipelineError, TryLater
from pipeline.model.returned import ReturnKind, ReturnOutcome
from pipeline.store.returned import ReturnedMail
from subscribers.tokens import Keyring, mail_ref

KEYRING = Keyring(((1, KEY),))


@pytest.fixture
def newsroom(databases):
    with databases.lend("sqlite") as engine:
        room = Newsroom(engine, 4).open_sent()
        room.returned = ReturnedMail(engine, keyring=KEYRING, options=BounceOptions(hard_issues=1))
        yield room


def bounced(room, reader=0, **changes) -> Bounced:
    ref = mail_ref(KEYRING, "2026-W48", room.public_ids[reader])
    one = Bounced(f"2026-w48.{ref}@news.example.org", f"r{reader}@example.org", report_id=f"r{reader}@relay")
    return replace(one, **changes)


def mails(room) -> list[bytes]:
    """Two bounces, a complaint, a holiday, a reader's answer, a forged bounce, and rubbish."""
    return [
        postfix(bounced(room)),
        qmail(bounced(room, 1)),
        complaint(bounced(room, 2)),
        auto_reply(bounced(room, 3)),
        human(bounced(room, 3)),
        exim(replace(bounced(room, 3), message_id="2026-w48.00000000000000000000@news.example.org")),
        b"X: y\n" * 60_000,
    ]


def take(room, source) -> IngestReport:
    report = IngestReport()
    try:
        ingest(source, room.returned, report, NOW)
    finally:
        source.close()
    return report


def states(room) -> list[str]:
    return [people_of(room.engine).find(each).state.word for each in room.public_ids]


def expect_all(report: IngestReport) -> None:
    assert (report.mails, report.done, report.left, report.unreadable) == (7, 4, 2, 1)
    assert report.kinds == {ReturnKind.HARD: 2, ReturnKind.COMPLAINED: 1}
    assert report.outcomes == {ReturnOutcome.RECORDED: 3, ReturnOutcome.UNMATCHED: 1}


def maildir(tmp_path, raws):
    folder = tmp_path / "Maildir"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    for number, raw in enumerate(raws):
        place = (
            folder / ("new" if number % 2 else "cur") / f"17000{number}.M1.host{'' if number % 2 else ':2,R'}"
        )
        place.write_bytes(raw)
    return folder


def test_a_maildir_is_read_and_what_is_done_is_seen(newsroom, tmp_path):
    folder = maildir(tmp_path, mails(newsroom))
    expect_all(take(newsroom, open_path(folder)))
    assert states(newsroom) == ["bounced", "bounced", "complained", "active"]
    seen = sorted(path.name.partition(":2,")[2] for path in (folder / "cur").iterdir())
    assert seen == ["R", "R", "RS", "RS", "S", "S"]
    assert [path.name for path in (folder / "new").iterdir()] == ["170005.M1.host"]
    again = take(newsroom, open_path(folder))
    assert (again.mails, again.done, again.left, again.unreadable) == (3, 0, 2, 1)


def test_an_mbox_is_never_changed_and_counts_once(newsroom, tmp_path):
    path = tmp_path / "mbox"
    raw = b"".join(b"From MAILER-DAEMON Tue Dec  1\n" + mail + b"\n\n" for mail in mails(newsroom)[:-1])
    path.write_bytes(raw)
    first = take(newsroom, open_path(path))
    assert (first.mails, first.done, first.left) == (6, 4, 2)
    again = take(newsroom, open_path(path))
    assert again.outcomes[ReturnOutcome.DUPLICATE] == 3
    assert again.kinds == {}
    assert path.read_bytes() == raw


def test_a_stream_is_one_mail_or_an_mbox_and_what_stays_of_it_is_kept(newsroom, tmp_path):
    raw, strays = postfix(bounced(newsroom)), tmp_path / "strays"
    assert take(newsroom, MailStream(io.BytesIO(raw), strays)).kinds == {ReturnKind.HARD: 1}
    both = b"From a\n" + raw + b"\nFrom b\n" + qmail(bounced(newsroom, 1))
    assert take(newsroom, MailStream(io.BytesIO(both), strays)).mails == 2
    assert take(newsroom, MailStream(io.BytesIO(b""), strays)).mails == 0
    assert not strays.exists()
    letter = b"From: ada@example.org\nSubject: A question\n\nHello?\n"
    for _ in range(2):
        assert take(newsroom, MailStream(io.BytesIO(letter), strays)).other == 1
    assert [path.read_bytes() for path in strays.iterdir()] == [letter]


class PickyStore(ReturnedMail):
    """Cannot take a report about one reader."""

    def take(self, reports, now, **options):
        if any("r1@" in address for each in reports for one in each.returned for address in one.recipients):
            raise UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed")
        return super().take(reports, now, **options)


def test_a_mail_that_the_database_cannot_take_stops_no_other(newsroom, tmp_path):
    newsroom.returned = PickyStore(newsroom.engine, keyring=KEYRING, options=BounceOptions(hard_issues=1))
    report = take(newsroom, open_path(maildir(tmp_path, mails(newsroom))))
    assert (report.mails, report.done, report.left, report.unreadable) == (7, 3, 2, 2)
    assert states(newsroom) == ["bounced", "active", "complained", "active"]


@pytest.mark.parametrize("wrong", ["\udcff", "\0"])
def test_an_address_or_a_status_that_is_not_text_is_no_reason_to_stop(newsroom, tmp_path, wrong):
    raw = postfix(bounced(newsroom, recipient="r0X@example.org", status="5.1.1X"))
    ends = [raw.replace(b"X", wrong.encode(errors="surrogateescape")), postfix(bounced(newsroom))]
    report = take(newsroom, open_path(maildir(tmp_path, ends)))
    assert report.mails == 2
    assert states(newsroom)[0] == "bounced"


def test_a_dry_run_counts_the_same_and_changes_nothing(newsroom, tmp_path):
    folder = maildir(tmp_path, mails(newsroom))
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    report = IngestReport()
    rehearse_ingest([open_path(folder)], newsroom.returned, report, NOW)
    expect_all(report)
    lines = [line for mail in report.entries for line in mail_lines(mail, with_reader=True)]
    assert [line.partition(": ")[2] for line in lines] == [
        "a delivery status report, hard; letter 2026-W48 to r0@example.org: counts, the reader is bounced",
        "a bounce in words, hard; letter 2026-W48 to r1@example.org: counts, the reader is bounced",
        "a complaint, complained; letter 2026-W48 to r2@example.org: counts, the reader is complained",
        "an automatic reply; counts for nothing",
        "not a report; stays for a person",
        "a delivery status report, hard; about no letter to a reader here; stays for a person",
        "it has too many lines or parts; it stays",
    ]
    assert lines[1].startswith(f"{folder}/new/170001.M1.host: ")
    assert states(newsroom) == ["active"] * 4
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


def test_what_was_read_is_said_in_one_line(newsroom, tmp_path):
    report = take(newsroom, open_path(maildir(tmp_path, mails(newsroom))))
    assert ingest_words(report) == (
        "7 mails: 2 hard, 1 complained, 1 automatic, 2 left for a person (1 not a report, 1 about no letter"
        " to a reader here), 1 unreadable; 2 readers bounced; 1 reader complained"
    )


def test_a_folder_that_is_no_maildir_and_a_file_that_is_missing_are_named(tmp_path):
    with pytest.raises(PipelineError, match="is not a Maildir"):
        open_path(tmp_path)
    with pytest.raises(PipelineError, match="missing"):
        list(open_path(tmp_path / "missing").read())


# IMAP


@pytest.fixture
def box():
    return Mailbox()


@pytest.fixture
def imap(box):
    servers = []

    def connect(tls=None, context=None, **options):
        server = ImapServer(box, tls)
        servers.append(server)
        given = {"security": "none", "username": "bounces", "password": SecretStr(PASSWORD), **options}
        return ImapMailbox(ImapOptions(host="127.0.0.1", port=server.port, **given), context=context)

    yield connect
    for server in servers:
        server.close()


def test_an_imap_mailbox_is_read_and_marked_after_the_commit(newsroom, box, imap):
    for raw in mails(newsroom):
        box.add(raw)
    report = take(newsroom, imap())
    expect_all(report)
    assert [sorted(box.flags[n]) for n in (1, 4, 5, 6, 7)] == [
        ["\\Seen"],
        ["\\Seen"],
        ["WeeklyLeft"],
        ["WeeklyLeft"],
        ["WeeklyLeft"],
    ]
    again = take(newsroom, imap())
    assert (again.mails, again.waiting) == (0, 3)


def test_a_server_without_keywords_is_read_again(newsroom, box, imap):
    box.keeps_keywords = False
    box.add(human(bounced(newsroom)))
    assert take(newsroom, imap()).left == 1
    assert take(newsroom, imap()).left == 1
    assert box.flags[1] == set()


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 MOVE", "IMAP4rev1 UIDPLUS", "IMAP4rev1"])
def test_what_is_done_moves_to_its_folder_with_any_server(newsroom, box, imap, capabilities):
    box.capabilities = capabilities
    for raw in mails(newsroom)[:5]:
        box.add(raw)
    take(newsroom, imap(done_folder="Done"))
    assert sorted(box.folders["Done"]) == [1, 2, 3, 4]
    kept = [n for n in box.folders["INBOX"] if "\\Deleted" not in box.flags[n]]
    assert kept == [5]
    assert take(newsroom, imap(done_folder="Done")).mails == 0


@pytest.mark.parametrize("lost", ["UID STORE", "UID FETCH", "UID SEARCH", "SELECT"])
def test_a_connection_that_breaks_loses_nothing_and_counts_nothing_twice(newsroom, box, imap, lost):
    for raw in mails(newsroom):
        box.add(raw)
    box.drop_after = lost
    with pytest.raises(TryLater, match=r"127\.0\.0\.1"):
        take(newsroom, imap())
    box.drop_after = ""
    report = take(newsroom, imap())
    assert report.mails == 7
    assert states(newsroom) == ["bounced", "bounced", "complained", "active"]
    assert newsroom.issues.returned(newsroom.issue.id) == {"hard": 2, "complained": 1}


def test_a_refused_login_and_a_server_that_is_away_are_said_without_the_password(newsroom, imap):
    with pytest.raises(PipelineError, match="refuses the login") as refused:
        take(newsroom, imap(password=SecretStr("wr0ng")))
    assert "wr0ng" not in str(refused.value)
    with pytest.raises(PipelineError, match="folder"):
        take(newsroom, imap(folder="Missing"))
    away = ImapMailbox(ImapOptions(host="127.0.0.1", port=1, security="none"))
    with pytest.raises(TryLater, match="cannot be reached"):
        take(newsroom, away)


def test_tls_checks_the_certificate(newsroom, box, imap):
    import trustme

    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    box.add(postfix(bounced(newsroom)))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    assert take(newsroom, imap(tls, trusting, security="tls")).mails == 1
    with pytest.raises(PipelineError, match="certificate is not trusted"):
        take(newsroom, imap(tls, security="tls"))
