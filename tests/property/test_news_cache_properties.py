"""What is remembered of the news is what reading them again would bring, whatever became of the file."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.week_news import ABOUT_MCP, AT, CATALOGUE, FEEDS, NO_WISHES, RULES, W48, item

from pipeline.edition import news_cache
from pipeline.edition.news_cache import FILE, KEPT, NewsCache
from pipeline.feeds.snapshot import read_brought, write_snapshot
from pipeline.files import write_sealed
from pipeline.issue.lock import build_lock, lock_to_json
from pipeline.issue.lock_inputs import digest_news
from pipeline.model.content import Catalogue
from pipeline.model.news import Job, Snapshot
from pipeline.model.past import Past
from pipeline.model.wishes import ItemWishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.news import read_news

JOB = replace(item(7, "Prompt engineer", "cat"), job=Job("Acme", skills=("RAG",)))
ITEMS = (*ABOUT_MCP, item(3, "A kettle that talks back"), item(4, "A kettle that talks back", "bee"))
NEWS = Snapshot(AT, ITEMS, (JOB,), FEEDS)
INPUTS = SelectionInputs(CATALOGUE, (), W48, NO_WISHES, RULES, NEWS)


def rename(catalogue):
    terms = tuple(replace(term, title=f"{term.title} kettle") for term in catalogue.terms)
    return Catalogue(terms, catalogue.tips)


def add_past(inputs, week, **known):
    past = Past(week, len(inputs.history) + 1, "", "", **known)
    return replace(inputs, history=(*inputs.history, past))


CHANGES = (
    lambda one: replace(one, catalogue=rename(one.catalogue)),
    lambda one: add_past(one, "2026-W40", stories=(f"#{ITEMS[2].id}",)),
    lambda one: add_past(one, "2026-W41", mentions=(("mcp", 9),), items=(("ant", 9),)),
    lambda one: add_past(one, "2026-W42", items=(("ant", 60),)),
    lambda one: replace(one, wishes=replace(one.wishes, items=ItemWishes(pin=(ITEMS[3].url,)))),
    lambda one: replace(one, wishes=replace(one.wishes, items=ItemWishes(ban=(ITEMS[0].id,)))),
    lambda one: replace(one, wishes=replace(one.wishes, term_pin="lora")),
    lambda one: replace(
        one, rules=replace(one.rules, news=replace(one.rules.news, banned_words=("kettle",)))
    ),
    lambda one: replace(one, snapshot=replace(one.snapshot, items=one.snapshot.items[1:])),
    lambda one: replace(one, snapshot=replace(one.snapshot, jobs=())),
    lambda one: replace(one, snapshot=replace(one.snapshot, at=one.snapshot.at + timedelta(days=7))),
    lambda one: replace(one, snapshot=replace(one.snapshot, closed={"expired": 3})),
    lambda one: replace(
        one, snapshot=replace(one.snapshot, feeds=(replace(one.snapshot.feeds[0], weight=3.0), *FEEDS[1:]))
    ),
    lambda one: replace(one, snapshot=replace(one.snapshot, feeds=one.snapshot.feeds[:2])),
)


def lock(inputs, cache=None):
    """Choose, and write the lock, with what a cache remembers or without one."""
    if cache is None:
        return lock_to_json(build_lock(choose(inputs), inputs))
    return lock_to_json(build_lock(choose(inputs, cache.read), inputs, cache.digest))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("letter")
    (folder / "var").mkdir()
    return folder


@examples(60)
@given(st.lists(st.sampled_from([*CHANGES, None]), max_size=8))
def test_whatever_changes_a_choice_with_a_memory_is_the_choice_without_one(folder, changes):
    """None stands for another process, which knows only what the one before has written."""
    cache, inputs = NewsCache(folder), INPUTS
    assert lock(inputs, cache) == lock(inputs)
    for change in changes:
        if change is None:
            cache.save()
            cache = NewsCache(folder)
        else:
            inputs = change(inputs)
        assert lock(inputs, cache) == lock(inputs)


def test_equal_salaries_that_are_written_differently_have_digests_of_their_own(tmp_path):
    cache = NewsCache(tmp_path)
    for salary in (90000, 90000.0):
        job = replace(JOB, job=replace(JOB.job, salary_max=salary))
        snapshot = replace(NEWS, jobs=(job,))
        assert cache.digest(snapshot) == digest_news(snapshot)


def test_threads_that_share_a_cache_do_not_disturb_each_other(tmp_path):
    (tmp_path / "var").mkdir()
    cache = NewsCache(tmp_path)
    others = [replace(NEWS, closed={"expired": n}) for n in range(12)]

    def work(snapshot):
        cache.read(CATALOGUE, (), NO_WISHES, RULES, snapshot)
        cache.save()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, others)) == [None] * 12
    assert (tmp_path / FILE).read_bytes().count(b"\n") == KEPT + 1


def test_what_was_written_is_read_by_another_process_as_it_was(tmp_path):
    (tmp_path / "var").mkdir()
    cache = NewsCache(tmp_path)
    cache.read(CATALOGUE, (), NO_WISHES, RULES, NEWS)
    cache.save()
    kept = (tmp_path / FILE).read_bytes()
    (line,) = kept.split(b"\n")[1:-1]
    again = NewsCache(tmp_path).read(CATALOGUE, (), NO_WISHES, RULES, NEWS)
    assert again == read_news(CATALOGUE, (), NO_WISHES, RULES, NEWS)
    # A forged entry is believed, which shows that it is the file that was read.
    tree = json.loads(line.partition(b" ")[2])
    forged = line.partition(b" ")[0] + b" " + json.dumps(tree | {"picks": []}).encode() + b"\n"
    write_sealed(tmp_path / FILE, news_cache._version(), forged)
    assert NewsCache(tmp_path).read(CATALOGUE, (), NO_WISHES, RULES, NEWS).picks == ()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda kept: kept[:-9],
        lambda kept: kept.replace(b"kettle", b"kettel").replace(b"mcp", b"rag"),
        lambda _: b"no such thing\n\xff\xfe\n",
        lambda kept: kept.partition(b"\n")[2],
        lambda kept: kept[:64].swapcase() + kept[64:],
    ],
)
def test_a_file_that_is_damaged_or_of_another_version_changes_nothing(tmp_path, damage):
    (tmp_path / "var").mkdir()
    cache = NewsCache(tmp_path)
    whole = lock(INPUTS, cache)
    cache.save()
    kept = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(damage(kept))
    cache = NewsCache(tmp_path)
    assert lock(INPUTS, cache) == whole
    cache.save()
    assert (tmp_path / FILE).read_bytes() == kept


@pytest.mark.parametrize("body", [b"KEY []\n", b'KEY {"picks": 3}\n', b"KEY {\n", b"another {}\n"])
def test_an_entry_that_is_none_changes_nothing_even_under_a_seal_that_holds(tmp_path, body):
    (tmp_path / "var").mkdir()
    cache = NewsCache(tmp_path)
    lock(INPUTS, cache)
    cache.save()
    key = (tmp_path / FILE).read_bytes().split(b"\n")[1].partition(b" ")[0]
    write_sealed(tmp_path / FILE, news_cache._version(), body.replace(b"KEY", key))
    assert lock(INPUTS, NewsCache(tmp_path)) == lock(INPUTS)


def test_two_processes_that_write_at_once_leave_a_file_that_both_can_use(tmp_path):
    (tmp_path / "var").mkdir()
    other = replace(INPUTS, snapshot=replace(NEWS, items=ITEMS[1:]))
    one, two = NewsCache(tmp_path), NewsCache(tmp_path)
    for inputs, cache in ((INPUTS, one), (other, two)):
        lock(inputs, cache)
    one.save()
    two.save()
    one.save()
    assert all(lock(inputs, NewsCache(tmp_path)) == lock(inputs) for inputs in (INPUTS, other))
    assert not list((tmp_path / FILE).parent.glob("*.tmp"))


def test_only_so_many_weeks_are_kept(tmp_path):
    (tmp_path / "var").mkdir()
    cache = NewsCache(tmp_path)
    for number in range(KEPT + 3):
        lock(replace(INPUTS, snapshot=replace(NEWS, at=AT + timedelta(days=number))), cache)
        cache.save()
        cache = NewsCache(tmp_path)
    assert len((tmp_path / FILE).read_bytes().split(b"\n")) == KEPT + 2


def test_a_folder_without_var_gets_no_file(tmp_path):
    cache = NewsCache(tmp_path)
    lock(INPUTS, cache)
    cache.save()
    assert not (tmp_path / "var").exists()


def test_a_week_is_read_again_when_its_file_has_changed(tmp_path):
    cache = NewsCache(tmp_path)
    for items in ((), ITEMS, ITEMS[:2], ITEMS):
        write_snapshot(tmp_path, "2026-W48", items, {})
        assert cache.read_week("2026-W48") == read_brought(tmp_path, "2026-W48")
    assert cache.read_week("2026-W48") is cache.read_week("2026-W48")
    assert cache.read_week("2026-W49") == read_brought(tmp_path, "2026-W49")
