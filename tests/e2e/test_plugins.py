"""What an installed package adds to the real command: a section, a source, a transport and a webhook."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.api_server import ApiServer
from support.cli import DUE, make_example, must, start_weekly, weekly
from support.installed import install, write_metadata

EXAMPLE = Path(__file__).resolve().parent.parent / "example_package"
EVENTS = [
    {
        "id": f"talk-{number}",
        "title": f"{title} in Rotterdam",
        "url": "https://events.example/programme",
        "announced_at": f"2026-11-{20 + number}T08:00:00+00:00",
        "about": "An evening for people who write prompts.",
    }
    for number, title in enumerate(("An evening on evaluation", "A workshop about retrieval"))
]
KEY = "correct horse battery staple"


@pytest.fixture
def target(tmp_path):
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return make_example(tmp_path_factory.mktemp("plugins") / "letter")


@pytest.fixture
def command(example, tmp_path, target):
    folder = shutil.copytree(example, tmp_path / "letter")

    def command(*args, as_of="2026-11-23T08:00Z", **env):
        return weekly(*args, folder=folder, as_of=as_of, env=env, site=[target])

    command.folder = folder
    return command


def test_a_package_brings_a_webhook_that_must_be_secured(command, target):
    install(EXAMPLE, target)
    enabled = {"WEEKLY_WEBHOOKS__ENABLED": '["relay"]'}
    # As users start it, with a new interpreter.
    found = {"PYTHONPATH": str(target), **enabled}
    assert "relay" in must(start_weekly("config", "show", folder=command.folder, env=found)).stdout
    ended = command("web", "serve", "--port", "0", **enabled)
    assert ended.code == 4
    assert "webhooks.relay: has no secret" in ended.stderr


def test_a_package_brings_a_section_a_source_and_a_transport(command, target):
    install(EXAMPLE, target)
    (command.folder / "events.json").write_text(json.dumps(EVENTS))
    slug = must(command("feeds", "add", "calendar:events.json", "--section", "events")).stdout.strip()
    assert slug == "calendar"
    must(command("feeds", "fetch"))
    explained = must(command("issue", "explain", "events")).stdout
    assert "events-1" in explained
    assert "events-2" in explained
    with ApiServer() as server:
        env = {
            "WEEKLY_TRANSPORT__KIND": "webhook",
            "WEEKLY_TRANSPORT__WEBHOOK__URL": server.url,
            "WEEKLY_TRANSPORT__WEBHOOK__KEY": KEY,
        }
        shown = must(command("config", "show", **env)).stdout
        assert server.url in shown
        assert KEY not in shown
        ended = must(command("run", as_of=DUE, **env))
    assert (ended.stdout, len(server.accepted)) == ("", 12)
    recipient, message = server.accepted[0]
    assert "@" in recipient
    assert b"Events" in message
    assert b"A workshop about retrieval" in message
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_the_settings_of_a_package_are_checked_like_all_others(command, target):
    install(EXAMPLE, target)
    refused = command("run", as_of=DUE, WEEKLY_TRANSPORT__KIND="webhook", WEEKLY_TRANSPORT__WEBHOOK__URLL="x")
    assert refused.code == 4
    assert 'transport.webhook.urll: is not a setting; did you mean "url"?' in refused.stderr
    config = command.folder / "weekly.toml"
    config.write_text(config.read_text() + "\n[sections.events]\nslots = 99\n")
    refused = command("config", "show")
    assert (refused.code, "sections.events.slots: must be 20 or less" in refused.stderr) == (4, True)


BROKEN = {
    "weekly_insights.sections": {"events": "broken_module:EVENTS"},
    "weekly_insights.sources": {"calendar": "broken_module:CALENDAR"},
    "weekly_insights.transports": {"webhook": "broken_module:WEBHOOK"},
}


def test_a_broken_package_costs_nothing_until_it_is_used_and_is_named_then(command, target):
    write_metadata(target, "broken", "1.0", BROKEN)
    (target / "broken_module.py").write_text("raise ImportError('no libfoo')")
    must(command("--help"))
    must(command("run", as_of="2026-11-21T08:00Z"))
    must(command("subscribers", "list"))
    refused = command("run", as_of=DUE, WEEKLY_TRANSPORT__KIND="webhook")
    assert refused.code == 1
    for words in ("'webhook'", "broken 1.0", "no libfoo", "update broken, or uninstall it"):
        assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    (command.folder / "content" / "feeds.toml").write_text(
        '[[feed]]\nslug = "calendar"\nurl = "calendar:x"\nsection = "tools"\n'
    )
    fetched = command("feeds", "fetch")
    assert "no libfoo" in fetched.stdout + fetched.stderr


BYTES = """
from pipeline.feeds.sources import SourceItem, SourceSpec
CALENDAR = SourceSpec("calendar", lambda request: [SourceItem(b"no text", "https://events.example/")])
"""


def test_a_source_of_values_that_no_feed_can_hold_fails_at_once_and_alone(command, target):
    write_metadata(target, "odd", "1.0", {"weekly_insights.sources": {"calendar": "odd:CALENDAR"}})
    (target / "odd.py").write_text(BYTES)
    (command.folder / "content" / "feeds.toml").write_text(
        '[[feed]]\nslug = "calendar"\nurl = "calendar:x"\nsection = "tools"\n'
    )
    fetched = command("feeds", "fetch")
    assert "reading 'x' failed: TypeError" in fetched.stderr
    assert "Traceback" not in fetched.stderr


OTHER = 'from pipeline.model.sections import SectionSpec\nX = SectionSpec("other", heading="Other")'


@pytest.mark.parametrize(
    ("groups", "module", "words"),
    [
        ({"events": "thing:EVENTS"}, "EVENTS = 3", "must be a SectionSpec, and is a int"),
        ({"events": "thing:GONE"}, "EVENTS = 3", "has no attribute 'GONE'"),
        ({"Even-ts": "thing:X"}, "X = 3", "must be one word of small letters and digits"),
        ({"skills": "thing:X"}, OTHER, "calls itself"),
    ],
)
def test_an_offer_that_cannot_be_used_says_why_and_whose_it_is(command, target, groups, module, words):
    write_metadata(target, "odd", "1.0", {"weekly_insights.sections": groups})
    (target / "thing.py").write_text(module)
    refused = command("issue", "explain")
    assert refused.code == 1, refused
    assert words in refused.stderr
    assert "odd 1.0" in refused.stderr
    assert "Traceback" not in refused.stderr
