"""The table of sections, walked through everything that follows from it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pipeline.issue.variants import list_choices
from pipeline.model.sections import JOBS, SECTIONS
from pipeline.pick.selection import NewsSelection
from pipeline.plugins.sections import news_sections, section_names
from pipeline.settings.tables import Settings

REPO = Path(__file__).resolve().parents[2]
NEWS = [spec for spec in SECTIONS if spec.is_news]
STRINGS = sorted((REPO / "templates" / "email").glob("strings.*.toml"))

every_section = pytest.mark.parametrize("spec", SECTIONS, ids=lambda spec: spec.name)
every_news_section = pytest.mark.parametrize("spec", NEWS, ids=lambda spec: spec.name)


def read(path):
    return (REPO / path).read_text(encoding="utf-8")


def test_the_letter_has_the_order_of_the_table_and_readers_can_leave_out_each():
    names = tuple(spec.name for spec in SECTIONS)
    assert section_names() == Settings().sections.order == names
    assert set(list_choices()) == {"text-only", *(f"without-{name}" for name in names)}
    assert [spec.name for spec in NEWS] == list(news_sections()) == list(NewsSelection().sections)
    assert [spec.name for spec in SECTIONS if spec.content == "jobs"] == [JOBS]


@every_news_section
def test_a_news_section_has_settings_with_the_numbers_of_the_table(spec):
    table = Settings().sections.get_table(spec.name)
    assert (table.slots, table.cap) == (spec.slots, spec.cap)
    assert f"## [sections.{spec.name}]" in read("docs/reference/settings.md")


@every_news_section
@pytest.mark.parametrize("path", STRINGS, ids=lambda path: path.name)
def test_a_news_section_has_a_heading_in_every_language(spec, path):
    assert tomllib.loads(path.read_text(encoding="utf-8"))["news"][spec.name].strip()


@every_section
@pytest.mark.parametrize("kind", ["mjml", "txt"])
def test_a_section_has_its_blocks(spec, kind):
    assert (REPO / "templates" / "email" / "blocks" / f"{spec.template}.{kind}.j2").is_file()


@every_news_section
def test_the_guide_on_feeds_names_the_section_and_how_fast_its_items_age(spec):
    guide = read("docs/how-to/follow-feeds.md")
    (row,) = [line for line in guide.splitlines() if line.startswith("| recency |")]
    ages = (f"{spec.half_life_days:g} days for {spec.name}", f"{spec.half_life_days:g} for {spec.name}")
    assert any(words in row for words in ages)
    assert spec.name in guide.partition("section =")[2].splitlines()[0]
