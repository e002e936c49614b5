"""A glossary of another tool: saved, imported and looked at."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.content.exchange.import_plan import plan_glossary_import, write_changes
from pipeline.content.read import read_checked

REPO = Path(__file__).resolve().parents[2]

PLAIN = {"term": "Beam Search", "definition": "It keeps several drafts at a time."}


def save(folder, entries, name="glossary.json"):
    path = folder / name
    path.write_text(
        entries if isinstance(entries, str) else json.dumps(entries), encoding="utf-8", newline=""
    )
    return path


def bring_in(folder, entries, *, update=False, name="glossary.json"):
    root = folder / "letter"
    root.mkdir(exist_ok=True)
    source = entries if isinstance(entries, Path) else save(folder, entries, name)
    plan = plan_glossary_import(root, source, update=update)
    list(write_changes(root, plan.changes))
    return plan


def terms(folder):
    catalogue, problems = read_checked(folder / "letter")
    assert [str(p) for p in problems if p.severity == "error"] == []
    return catalogue.term_by_slug


def one(folder, **values):
    bring_in(folder, [PLAIN | values])
    (term,) = terms(folder).values()
    return term
