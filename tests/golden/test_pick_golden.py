"""The golden weeks are chosen as they were, byte for byte, on any machine; `make golden` stores them anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from support.catalogues import NO_WISHES, make_lock
from support.terms import make_term, make_tip

from pipeline.issue.history import past_from_json, past_to_json
from pipeline.model.content import Catalogue
from pipeline.model.past import Past
from pipeline.model.picks import ALGORITHM
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.selection import Selection
from pipeline.weeks import Week

REPO = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).resolve().parent / "pick"
STORE_ANEW = bool(os.environ.get("WEEKLY_GOLDEN"))  # read here: every test's environment is scrubbed


def golden_inputs():
    tree = json.loads((GOLDEN / "inputs.json").read_text("utf-8"))
    catalogue = Catalogue(
        tuple(make_term(**each) for each in tree["terms"]), tuple(make_tip(**each) for each in tree["tips"])
    )
    history = [past_from_json(json.dumps(each)) for each in tree["history"]]
    wishes = Wishes(**{key: tuple(value) for key, value in tree["wishes"].items()})
    return catalogue, history, Week.parse(tree["week"]), wishes


def golden_choices():
    """Make the lock of the golden week, and what the sixty weeks from there on use."""
    catalogue, history, week, wishes = golden_inputs()
    lock = make_lock(catalogue, history, week, wishes, Selection())
    lines = []
    for number in range(60):
        coming = Week.of(week.monday + timedelta(weeks=number))
        picks = choose(SelectionInputs(catalogue, history, coming, NO_WISHES, Selection()))
        past = Past(str(coming), len(history) + 1, picks.find("term").ref, picks.find("tip").ref)
        history.append(past)
        lines.append(past_to_json(past) + "\n")
    return {f"{week}.lock.json": lock, "sixty-weeks.jsonl": "".join(lines)}


def test_two_builds_give_the_same_bytes_whatever_the_hash_seed_time_zone_and_locale():
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]; import test_pick_golden as here;"
        "sys.stdout.buffer.write(''.join(here.golden_choices().values()).encode())"
    )
    built = []
    for seed, zone, locale in (("1", "Pacific/Kiritimati", "C"), ("4242", "America/St_Johns", "de_DE.UTF-8")):
        environ = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "LANG": locale}
        done = subprocess.run(
            [sys.executable, "-c", script, str(REPO / "tests"), str(Path(__file__).parent)],
            cwd=REPO,
            env={**environ, "PYTHONPATH": str(REPO)},
            capture_output=True,
            check=True,
        )
        built.append(done.stdout)
    assert built[0] == built[1] == "".join(golden_choices().values()).encode()


def test_the_golden_weeks_are_chosen_as_they_were():
    made = golden_choices()
    lock = GOLDEN / "2026-W48.lock.json"
    algorithm = json.loads(lock.read_text("utf-8"))["algorithm"] if lock.exists() else 0
    if STORE_ANEW and algorithm < ALGORITHM:
        for name, text in made.items():
            (GOLDEN / name).write_text(text, "utf-8")
    for name, text in made.items():
        assert (GOLDEN / name).read_text("utf-8") == text, (
            "the same inputs choose differently: raise ALGORITHM in pipeline/pick/reasons.py, "
            "then store the choices anew with WEEKLY_GOLDEN=1"
        )
