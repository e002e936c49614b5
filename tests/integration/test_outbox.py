"""The outbox on a real file system."""

from __future__ import annotations

import asyncio
import errno
import os

import pytest

from pipeline.deliver.transport import TransportError
from pipeline.deliver.transports.outbox import Outbox, _as_transport_error
from pipeline.model.delivery import Envelope, Verdict

LETTER = b"Subject: Weekly\r\n\r\nHello\r\n"


def send(folder, ref="2026-W48.5f1c2a", letter=LETTER, before_handover=None):
    async def nothing():
        """Commit nothing."""

    async def main():
        session = await Outbox(folder).open()
        await session.send(
            Envelope("a@news.example", "jane@example.org", ref), letter, before_handover or nothing
        )
        await session.close()

    asyncio.run(main())


def test_sending_again_replaces_the_file(tmp_path):
    send(tmp_path, letter=b"one\r\n")
    send(tmp_path, letter=b"two\r\n")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "2026-W48.5f1c2a.eml": b"two\r\n"
    }


def test_a_letter_is_readable_by_its_owner_only(tmp_path):
    send(tmp_path)
    assert (tmp_path / "2026-W48.5f1c2a.eml").stat().st_mode & 0o777 == 0o600


def test_a_failed_commit_leaves_no_file_at_all(tmp_path):
    async def before_handover():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send(tmp_path, before_handover=before_handover)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ref", "twin"),
    [
        ("../../etc/hostname", "_._.._etc_hostname"),
        ("a/b", "a_b"),
        (".hidden", "_hidden"),
        ("x" * 300, "x" * 120),
        ("a\0b", "a_b"),
        ("", "_"),
    ],
)
def test_no_ref_leaves_the_folder_or_hides_or_replaces_another(tmp_path, ref, twin):
    send(tmp_path, ref=ref)
    send(tmp_path, ref=twin)
    assert len(list(tmp_path.glob("[!.]*.eml"))) == len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_made_is_for_a_person_to_mend(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TransportError, match="outbox") as caught:
        send(tmp_path / "file" / "outbox")
    assert (caught.value.stage, caught.value.temporary) == ("write", False)


def test_a_folder_that_vanishes_after_the_commit_means_not_sent(tmp_path):
    folder = tmp_path / "outbox"

    async def before_handover():
        (folder / ".2026-W48.5f1c2a.eml.part").unlink()
        folder.rmdir()

    with pytest.raises(TransportError) as caught:
        send(folder, before_handover=before_handover)
    assert caught.value.stage == "write"


def test_a_link_that_waits_in_the_folder_is_not_written_through(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / ".2026-W48.5f1c2a.eml.part").symlink_to(victim)
    with pytest.raises(TransportError):
        send(tmp_path)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    ("number", "temporary"),
    [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EROFS, False), (errno.EACCES, False)],
)
def test_time_mends_a_full_disk_and_nothing_else(number, temporary):
    with (
        pytest.raises(TransportError, match=os.strerror(number).lower()) as caught,
        _as_transport_error("outbox"),
    ):
        raise OSError(number, os.strerror(number))
    assert caught.value.temporary is temporary


def recall(folder, ref="2026-W48.5f1c2a"):
    return asyncio.run(Outbox(folder).recall(ref))


def test_a_whole_file_was_sent_and_half_of_one_was_not_and_is_removed(tmp_path):
    place, part = tmp_path / "2026-W48.5f1c2a.eml", tmp_path / ".2026-W48.5f1c2a.eml.part"
    assert recall(tmp_path) is None
    part.write_bytes(LETTER)
    assert recall(tmp_path) is Verdict.NOT_SENT
    assert list(tmp_path.iterdir()) == []
    place.write_bytes(LETTER)
    part.write_bytes(LETTER[:9])
    assert recall(tmp_path) is Verdict.SENT
    assert list(tmp_path.iterdir()) == [place]


def test_an_empty_file_as_a_power_failure_leaves_it_was_not_sent(tmp_path):
    (tmp_path / "2026-W48.5f1c2a.eml").touch()
    assert recall(tmp_path) is Verdict.NOT_SENT
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_never_made_knows_nothing_and_one_that_cannot_be_read_says_so(tmp_path):
    assert recall(tmp_path / "outbox") is None
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TransportError, match="outbox"):
        recall(tmp_path / "file" / "outbox")
