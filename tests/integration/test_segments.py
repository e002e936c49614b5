"""Segments in weekly.toml, and letters that go to one of them only."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from support.cli import weekly
from support.stores import freezing

from pipeline.errors import SettingsError
from pipeline.settings.load import read_settings
from pipeline.store.audience import open_people
from pipeline.store.issues import Issues
from pipeline.store.tables import delivery
from subscribers.addresses import parse_address
from subscribers.model import Proof
from subscribers.selection.model import by_tag


def test_only_the_readers_of_a_segment_get_the_letter(engine, now):
    people = open_people(engine, b"s" * 32)
    proof = Proof("form", now, "yes")
    ids = {}
    for word in ("ada", "bob", "cy"):
        reader = people.add_with_proof(parse_address(f"{word}@example.org"), name="", proof=proof, now=now)
        people.change_tags(reader.public_id, now, add=["mentors"] if word != "bob" else [])
        ids[word] = reader.id
    people.unsubscribe_address(parse_address("cy@example.org"), now)
    assert people.selected.count_deliverable(by_tag("mentors")) == 1

    words = replace(freezing(), segment="mentors: tag:mentors", selection=by_tag("mentors"))
    issue = Issues(engine).freeze(words, now)
    assert (issue.audience, issue.segment) == (1, "mentors: tag:mentors")
    with engine.connect() as connection:
        assert connection.execute(select(delivery.c.subscriber_id)).scalars().all() == [ids["ada"]]
    later = now + timedelta(days=1)
    assert Issues(engine).freeze(freezing(), later).segment == "mentors: tag:mentors"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("mentors = 'tag:mentors and stat:x'", "did you mean `state`"),
        ("mentors = 3", "is a text"),
        ("'My Mentors' = 'tag:x'", "cannot name a segment"),
    ],
)
def test_a_segment_is_checked_when_settings_are_read(tmp_path, table, message):
    path = tmp_path / "weekly.toml"
    path.write_text(f"[segments]\n{table}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=message) as caught:
        read_settings(path)
    assert "mentors" in str(caught.value).lower()
    if "stat" in table:
        assert "^^^^" in str(caught.value)


def test_segments_are_read_by_name(tmp_path):
    path = tmp_path / "weekly.toml"
    path.write_text("[segments]\nnew-ones = 'joined>30d'\n", encoding="utf-8")
    assert read_settings(path).segments.texts == {"new-ones": "joined>30d"}


def test_an_empty_segment_is_not_every_reader(tmp_path):
    ended = weekly("run", "--segment", "", "--dry-run", folder=tmp_path)
    assert (ended.code, "must name a segment" in ended.stderr) == (2, True)
