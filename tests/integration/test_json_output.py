"""JSON of values: null stands for nothing, and for a zero only where its field declares so."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from pipeline.cli.outputs import document, to_json
from pipeline.feeds.health import Health
from pipeline.jobs.posting import Posting
from pipeline.model.absence import ABSENT_WHEN_ZERO
from pipeline.model.news import Feed


@dataclass(frozen=True)
class Measured:
    count: int = 0
    share: float = 0.0
    age: int | None = None
    limit: int = field(default=0, metadata=ABSENT_WHEN_ZERO)
    is_known: bool = False
    text: str = ""


def test_a_zero_stays_a_zero_unless_its_field_declares_that_it_means_nothing():
    assert to_json(Measured()) == {
        "count": 0,
        "share": 0.0,
        "age": None,
        "limit": None,
        "is_known": False,
        "text": None,
    }
    assert to_json(Measured(limit=3, age=0))["limit"] == 3
    assert to_json(Measured(age=0))["age"] == 0


def test_what_a_feed_and_a_job_leave_out_is_null_and_a_share_of_nothing_is_0():
    feed = to_json(Feed("a", "https://a.example/feed", "tools"))
    assert (feed["cap"], feed["max_age_days"], feed["line"], feed["hidden"]) == (None, None, None, False)
    job = to_json(Posting("Engineer", "Acme", "https://a.example/job"))
    assert (job["salary_min"], job["salary_max"]) == (None, None)
    health = Health(
        slug="a",
        condition="well",
        succeeded_at=None,
        failures=0,
        try_at=None,
        items_per_month=0.0,
        silent_days=0,
    )
    found = to_json(health)
    assert (found["failures"], found["items_per_month"], found["silent_days"], found["share"]) == (0, 0, 0, 0)


def test_a_document_has_the_keys_of_its_type_and_never_guesses_one():
    class Row(dict):
        __annotations__ = {"text": str, "count": int, "more": int}

    assert document(Row, Measured(count=2, text="x"), more=0) == {"text": "x", "count": 2, "more": 0}
    with pytest.raises(AttributeError):
        document(Row, Measured())
