"""What is read without pydantic is what pydantic reads; whatever is in doubt is left to it."""

from __future__ import annotations

import json
import os
import runpy
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.errors import SettingsError
from pipeline.plugins import installed
from pipeline.resources import shipped
from pipeline.settings.by_path import FullSettings
from pipeline.settings.load import read_settings
from pipeline.settings.plain import read_plain_settings
from pipeline.settings.values import (
    list_silent,
    make_letterhead,
    make_schedule,
    make_selection,
    make_standards,
)

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "plain_settings.py"))
RULES = json.loads(TOOL["PAGE"].read_bytes())
READ = [path for path, rule in RULES.items() if rule["form"] not in ("other", "texts")]

TEXTS = (
    "",
    " ",
    "x",
    "two\nlines",
    "UTC",
    "Mars/Base",
    "monday",
    " Friday ",
    "9:05",
    "25:00",
    "3 days",
    "3 d",
    "-1 d",
    "9" * 20 + " w",
    "https://news.example.org/",
    "https://news.example.org?x=1",
    "ftp://x",
    "http://ä.example",
    "sqlite:///a.db",
    "sqlite:x",
    "A <a@example.org>",
    "a@example.org, b@example.org",
    "en",
    "en_US",
    "english please",
    "smtp",
    "starttls",
    "true",
    "1",
    "0.5",
    "{path}",
)
VALUES = st.one_of(
    st.sampled_from(TEXTS),
    st.integers(-2, 70_000),
    st.sampled_from([10**13, 0.5, -0.5, 1.0, float("inf"), float("nan"), True, False]),
    st.lists(st.sampled_from(["en", "EN-us", "x y", "text-only", "term", "tip"]), max_size=2),
    st.lists(st.integers(0, 3), max_size=2),
    st.sampled_from([{}, {"x": "off"}]),
)
PATHS = (*RULES, "newsletter.tag_line", "letter.name", "sections.events.slots", "smtp.password", "newsletter")


def to_toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {to_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_toml, value)) + "]"
    if isinstance(value, float):
        return str(value)
    return json.dumps(value)


def read_both(config):
    """Read with both readers: the values by path, None for what is refused or in doubt."""
    found = read_plain_settings(config, os.environ)
    try:
        settings = read_settings(config)
    except SettingsError:
        return found, None
    return found, settings


def get(settings, path):
    value = settings
    for name in path.split("."):
        value = getattr(value, {"from": "from_", "time": "time_"}.get(name, name))
    return value


def assert_agree(config):
    found, settings = read_both(config)
    if found is not None:
        assert settings is not None
        assert [path for path in READ if found[path] != get(settings, path)] == []
        assert make_values(found) == make_values(FullSettings(settings))


def make_values(by_path):
    """Return all that a letter is made with, as text: 3 and 3.0 make different digests."""
    made = [make(by_path) for make in (make_schedule, make_letterhead, make_selection, make_standards)]
    paths = ("sections.order", "sections.variants", "feeds.allow_private_hosts")
    return [*map(repr, made), *(repr(by_path[path]) for path in paths), list_silent(by_path)]


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return tmp_path_factory.mktemp("plain") / "weekly.toml"


@examples(200)
@given(st.dictionaries(st.sampled_from(PATHS), VALUES, min_size=1, max_size=2))
def test_settings_that_are_read_plainly_are_valid_and_the_same(config, values):
    config.write_text("\n".join(f"{path} = {to_toml(value)}" for path, value in values.items()))
    assert_agree(config)


@examples(200)
@given(
    st.sampled_from((*RULES, "newsletter", "bench.x", "webhooks.ses.secrets")),
    st.sampled_from((*TEXTS, "[]", "{}", "1e3", "on")),
)
def test_a_variable_that_is_read_plainly_is_valid_and_the_same(config, path, text):
    config.write_text("")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("WEEKLY_" + path.replace(".", "__").upper(), text)
        assert_agree(config)


def test_the_shipped_settings_are_read_plainly_and_the_same():
    assert read_plain_settings(shipped("weekly.toml"), {}) is not None
    assert_agree(shipped("weekly.toml"))


def test_what_newsletters_change_is_read_plainly(config):
    config.write_text(
        """
        newsletter = { from = "A <a@example.org>", timezone = "Asia/Tokyo", base_url = "https://a.example/" }
        schedule = { day = "Friday", time = "7:30", max_age = "12 hours", approval = true }
        smtp = { port = 25, security = "none" }
        """
    )
    environ = {
        "WEEKLY_TRANSPORT__KIND": "smtp",
        "WEEKLY_DELIVERY__PER_SECOND": "14",
        "weekly_smtp__password": "x",
    }
    found = read_plain_settings(config, {**environ, "WEEKLY_EXAMPLES": "new"})
    assert found["newsletter.base_url"] == "https://a.example"
    assert (found["schedule.day"], found["schedule.time"]) == ("friday", time(7, 30))
    assert found["schedule.max_age"] == timedelta(hours=12)
    assert (found["transport.kind"], found["delivery.per_second"]) == ("smtp", 14)


@pytest.mark.parametrize(
    "text", ['"newsletter.name" = "x"', "[letter]", "[sections.events]", "newsletter = 3", "[["]
)
def test_what_is_no_setting_is_in_doubt(config, text):
    config.write_text(text)
    assert read_plain_settings(config, {}) is None


@pytest.mark.parametrize("name", ["WEEKLY_SCHEDULE.DAY", "weekly_schedule.time"])
def test_a_variable_with_a_dot_is_in_doubt(config, name):
    config.write_text("")
    assert read_plain_settings(config, {name: "sunday" if name.endswith("DAY") else "23:59"}) is None


@pytest.mark.parametrize("place", ["site-packages/more-1.dist-info", "plugins/more.egg-info"])
def test_with_a_package_that_adds_something_every_setting_is_in_doubt(config, place, tmp_path, monkeypatch):
    metadata = tmp_path / place
    metadata.mkdir(parents=True)
    (metadata / "entry_points.txt").write_text("[weekly_insights.sections]\nevents = more:EVENTS\n")
    config.write_text("")
    monkeypatch.setattr(installed.sys, "path", [str(metadata.parent)])
    assert read_plain_settings(config, {}) is None


def test_the_rules_are_what_make_reference_writes():
    assert TOOL["PAGE"].read_text(encoding="utf-8") == TOOL["render"](), "run `make reference`"
