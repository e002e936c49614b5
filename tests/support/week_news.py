"""Stories of a week, and what is chosen of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.model.content import Catalogue
from pipeline.model.news import Feed, Item, Snapshot
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.selection import Selection
from pipeline.weeks import Week
from support.terms import make_term

NO_WISHES = Wishes()

W48 = Week(2026, 48)
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
RULES = Selection()
FEEDS = (
    Feed("ant", "https://ant.example/feed", "tools"),
    Feed("bee", "https://bee.example/feed", "techniques"),
    Feed("cat", "https://cat.example/feed", "careers"),
)


def make_named(slug, title):
    return replace(make_term(slug, "retrieval", 1), title=title)


CATALOGUE = Catalogue((make_named("rag", "RAG"), make_named("mcp", "MCP"), make_named("lora", "LoRA")))


def item(number, title, feed="ant", days=1.0):
    section = next(each.section for each in FEEDS if each.slug == feed)
    at = AT - timedelta(days=days)
    return Item(f"{number:020x}", feed, section, title, f"https://{feed}.example/{number}", at, at)


def pick(*items, history=(), wishes=NO_WISHES, rules=RULES, week=W48, feeds=FEEDS):
    return choose(SelectionInputs(CATALOGUE, history, week, wishes, rules, Snapshot(AT, items, (), feeds)))


ABOUT_MCP = (item(1, "Serving MCP from a laptop"), item(2, "What MCP costs a small team", "bee"))
