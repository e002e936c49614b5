"""Wrong input is answered with what, why and what next, the right exit code, and nothing half done."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from support.cli import CONSENT, DUE, edit, make_example, must, outbox, query, snapshot, weekly

from pipeline.store.errors import describe_store_error
from pipeline.store.lease import lease
from subscribers.store.engine import open_engine

REPO = Path(__file__).resolve().parents[2]
READERS = 12
TERM = "content/glossary/rag.md"
ISSUES = "content/issues"
DATABASE = ("var/weekly.db", "var/weekly.db-wal", "var/weekly.db-shm", "var/weekly.db.lease")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return make_example(tmp_path_factory.mktemp("bad") / "letter")


@pytest.fixture(scope="module")
def locked_example(example, tmp_path_factory):
    folder = shutil.copytree(example, tmp_path_factory.mktemp("locked") / "letter")
    must(weekly("issue", "build", "--week", "2026-W48", folder=folder, as_of=DUE))
    return folder


@pytest.fixture
def letter(example, tmp_path):
    return shutil.copytree(example, tmp_path / "letter")


@dataclass(frozen=True)
class Case:
    """One kind of bad input: how it comes about, and the answer to `weekly ARGS`."""

    code: int
    says: tuple[str, ...]
    spoil: Callable[[Path], object] = lambda _folder: None
    args: tuple[str, ...] = ("run",)
    env: Mapping[str, str] = field(default_factory=dict)


def change(path, old, new):
    return lambda folder: edit(folder / path, old, new)


def write(path, content):
    def spoil(folder):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    return spoil


def override(old, new):
    """Put a changed copy of the letter's template into the newsletter's own templates."""
    shipped = (REPO / "templates/email/frame.mjml.j2").read_text()
    assert old in shipped
    return write("templates/email/frame.mjml.j2", shipped.replace(old, new, 1))


def all_of(*spoils):
    return lambda folder: [spoil(folder) for spoil in spoils]


def remove(*paths):
    def spoil(folder):
        for path in paths:
            for found in folder.glob(path):
                found.unlink()

    return spoil


def twin(folder):
    text = (folder / TERM).read_text().replace("slug: rag", "slug: rag-again", 1)
    (folder / "content/glossary/rag-again.md").write_text(text)


def settings(old, new):
    return change("weekly.toml", old, new)


CONTENT = {
    "front matter that is no YAML": Case(
        4, (f"{TERM}:", "not valid YAML", "in quotes"), change(TERM, "title: RAG", "title: [RAG")
    ),
    "a section that is missing": Case(
        4,
        (f"{TERM}: the section `Why It Matters` is missing", "add `## Why It Matters`"),
        change(TERM, "## Why It Matters", "### Why It Matters"),
    ),
    "a definition that is missing": Case(
        4,
        (f"{TERM}:", "there is no text before the first section"),
        change(
            TERM,
            "Retrieval-augmented generation (RAG) first",
            "## Definition\n\nRetrieval-augmented generation first",
        ),
    ),
    "several terms at once": Case(
        4,
        (TERM, "content/glossary/token.md", "content/tips/keep-every-correction.md"),
        all_of(
            change(TERM, "difficulty: 2", "difficulty: 7"),
            change("content/glossary/token.md", "## Example", "## Exmple"),
            change("content/tips/keep-every-correction.md", "title:", "titel:"),
        ),
    ),
    "two terms with one title": Case(4, ("content/glossary/rag", "RAG"), twin),
    "two terms with one slug": Case(
        4,
        ("content/glossary/rag2.md:", "the slug is `rag`", "rename"),
        lambda folder: shutil.copy(folder / TERM, folder / "content/glossary/rag2.md"),
    ),
    "a file that is not UTF-8": Case(
        4, ("content/tips/latin.md", "UTF-8"), write("content/tips/latin.md", b"caf\xe9")
    ),
    "no content at all": Case(
        4,
        ("content: there are no terms and no tips", "weekly init"),
        remove("content/glossary/*", "content/tips/*"),
    ),
    "a template with an unclosed tag": Case(
        4,
        ("templates/email/frame.mjml.j2:8:", "<mj-body> is never closed", "</mj-body>"),
        override("</mj-body>", ""),
    ),
    "a template with a variable that is missing": Case(
        4,
        ("templates/email/frame.mjml.j2:", "'isue' is undefined", "check the name"),
        override("</mj-body>", "{{ isue.subject }}</mj-body>"),
    ),
    "a template that is no Jinja": Case(
        4,
        ("templates/email/frame.mjml.j2:", "shipped template"),
        override("</mj-body>", "{% if %}</mj-body>"),
    ),
    "wishes for what does not exist": Case(
        4,
        (f"{ISSUES}/2026-W48.toml", "there is no term `ragg`", "rag"),
        write(f"{ISSUES}/2026-W48.toml", '[term]\npin = "ragg"\n'),
    ),
    "wishes that are no TOML": Case(
        4,
        (f"{ISSUES}/2026-W48.toml:1", "not valid TOML", "straight quotes"),
        write(f"{ISSUES}/2026-W48.toml", "[term\n"),
    ),
    "a history with a broken line": Case(
        4,
        (f"{ISSUES}/history.jsonl:1", "not valid JSON", "restore the line from git"),
        write(f"{ISSUES}/history.jsonl", "{broken\n"),
    ),
}

SETTINGS = {
    "no weekly.toml": Case(4, ("weekly.toml does not exist", "-C DIR", "weekly init"), remove("weekly.toml")),
    "weekly.toml that is no TOML": Case(
        4, ("weekly.toml", "not valid TOML", "line 5"), settings("[newsletter]", "[newsletter\n")
    ),
    "an unknown key": Case(
        4, ("newsletter.tag_line", 'did you mean "tagline"?'), settings("tagline =", "tag_line =")
    ),
    "several wrong values at once": Case(
        4,
        ("schedule.day", "schedule.time", "smtp.port", "delivery.connections", "newsletter.timezone"),
        all_of(
            settings('day = "tuesday"', 'day = "someday"'),
            settings('time = "09:00"', "time = 9"),
            settings("port = 587", 'port = "many"'),
            settings("connections = 4", "connections = 0"),
            settings('timezone = "UTC"', 'timezone = "Mars"'),
        ),
    ),
    "a password in weekly.toml": Case(
        4, ("smtp.password", ".secrets"), settings("port = 587", 'port = 587\npassword = "p4ss"')
    ),
    "placeholders with smtp": Case(
        4,
        ("newsletter.base_url", "newsletter.postal_address", "newsletter.from", "placeholder", "weekly.toml"),
        env={"WEEKLY_TRANSPORT__KIND": "smtp", "WEEKLY_SMTP__PORT": "1"},
    ),
    "secrets that are no TOML": Case(4, (".secrets", "restore it from a backup"), write(".secrets", "x = ")),
    "secrets without a key": Case(
        4, (".secrets", "restore it from a backup", "do not make a new one"), write(".secrets", "x = 1\n")
    ),
}

USAGE = {
    "an unknown command": Case(2, ("No such command 'runn'",), args=("runn",)),
    "an unknown option": Case(2, ("'--nowww'", "--now"), args=("run", "--nowww")),
    "a week that is none": Case(2, ("--week", "not an ISO week", "2026-W48"), args=("run", "--week", "48")),
    "a week that does not exist": Case(
        2, ("2026-W54", "2026-W53"), args=("issue", "show", "--week", "2026-W54")
    ),
    "a pin of nothing": Case(2, ("NAME", "it is empty"), args=("issue", "pin", "")),
    "a swap for nothing": Case(2, ("[NAME]", "it is empty"), args=("issue", "swap", "tip", " ")),
    "an undo of nothing": Case(2, ("[ACT]", "it is empty"), args=("issue", "undo", "")),
    "a schema of nothing": Case(
        2,
        ("files are weekly.toml", "commands are run, ", "issue show"),
        args=("config", "schema", "nonsense"),
    ),
    "a date of consent in another form": Case(
        2,
        ("'31.01.2025' is not a date", "like 2025-01-31"),
        args=(
            "subscribers",
            "import",
            "x.csv",
            "--source=x",
            "--consent-text=x",
            "--consent-date=31.01.2025",
        ),
    ),
    "an instant that is none": Case(2, ("--as-of", "2026-11-24T09:00Z"), args=("run", "--as-of", "noon")),
    "an address that is none": Case(
        2, ("address cannot be used", "no @"), args=("subscribers", "add", "ada", "--consent", "x")
    ),
    "leaving of somebody unknown": Case(
        1, ("no reader has this address",), args=("subscribers", "unsubscribe", "nobody@example.org")
    ),
    "the status of nothing": Case(1, ("no issue was frozen yet", "weekly run"), args=("status",)),
    "a folder that is a newsletter already": Case(
        1, ("newsletter folder already", "nothing was changed"), args=("init", ".")
    ),
    "an import that is not there": Case(
        1, ("gone.csv", "no such file", "CSV"), args=("subscribers", "import", "gone.csv", *CONSENT)
    ),
    "an import without addresses": Case(
        1,
        ("addresses", "a, b", "map"),
        write("list.csv", "a,b\n1,2\n"),
        ("subscribers", "import", "list.csv", *CONSENT),
    ),
    "an import that is no text": Case(
        1,
        ("cannot be read", "UTF-8"),
        write("list.csv", bytes(range(128, 256)) * 40),
        ("subscribers", "import", "list.csv", *CONSENT),
    ),
}

CASES = CONTENT | SETTINGS | USAGE


def refused(ended, code, says):
    """Whether a command ended as bad input should end it: in words, on stderr, with its code."""
    assert ended.code == code, ended
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    for words in says:
        assert words in ended.stderr, ended.stderr


def untouched(folder, before):
    """Whether nothing was written but what a look into the database leaves."""
    after = {path: value for path, value in snapshot(folder).items() if path not in DATABASE}
    assert after == {path: value for path, value in before.items() if path not in DATABASE}
    if (folder / "var" / "weekly.db").exists():
        assert query(folder, "SELECT count(*) FROM issue") == [(0,)]
        assert query(folder, "SELECT count(*) FROM subscriber") == [(READERS,)]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_bad_input_is_named_with_its_cure_and_nothing_is_half_done(case, letter):
    case.spoil(letter)
    before = snapshot(letter)
    as_of = "" if "--as-of" in case.args or case.args[0] in {"init", "runn"} else DUE
    ended = weekly(*case.args, *(("--as-of", as_of) if as_of else ()), cwd=letter, env=case.env)
    refused(ended, case.code, case.says)
    untouched(letter, before)
    assert "p4ss" not in ended.stderr


LOCK = f"{ISSUES}/2026-W48.lock.json"

LOCKS = {
    "that is no JSON": (write(LOCK, "{"), (LOCK, "the lock cannot be read", "restore it from git")),
    "cut off in the middle": (
        lambda folder: (folder / LOCK).write_bytes((folder / LOCK).read_bytes()[:700]),
        (LOCK, "the lock cannot be read", "restore it from git"),
    ),
    "that names a term which is gone": (
        lambda folder: (folder / LOCK).write_text(
            re.sub(r'(?m)^ {6}"ref": ".+"', '      "ref": "gone"', (folder / LOCK).read_text(), count=1)
        ),
        (LOCK, "the term `gone` was chosen and is not in the catalogue", "--refresh"),
    ),
}


@pytest.mark.parametrize(("spoil", "says"), LOCKS.values(), ids=LOCKS)
def test_a_lock_is_refused(spoil, says, locked_example, tmp_path):
    folder = shutil.copytree(locked_example, tmp_path / "letter")
    spoil(folder)
    before = snapshot(folder)
    refused(weekly("run", folder=folder, as_of=DUE), 4, says)
    untouched(folder, before)


def test_a_database_of_a_newer_version_is_left_alone(letter):
    query(letter, "UPDATE alembic_version SET version_num = '9999'")
    before = snapshot(letter)
    refused(weekly("run", folder=letter, as_of=DUE), 4, ("9999", "install the newer weekly-insights"))
    refused(weekly("subscribers", "count", folder=letter), 4, ("9999",))
    assert snapshot(letter) == before


def test_a_database_that_is_none_is_named(letter):
    (letter / "var" / "weekly.db").write_bytes(b"not a database" * 100)
    before = snapshot(letter)
    refused(weekly("run", folder=letter, as_of=DUE), 1, ("database", "weekly.toml"))
    assert snapshot(letter) == before


def test_a_folder_that_cannot_be_made_is_named(letter):
    shutil.rmtree(letter / "var")
    (letter / "var").write_text("a file in the folder's place")
    before = snapshot(letter)
    refused(weekly("run", folder=letter, as_of=DUE), 1, (str(letter / "var"),))
    assert snapshot(letter) == before


def test_a_place_where_nothing_can_be_written_is_named():
    ended = weekly("init", "/proc/letter", "--example")
    refused(ended, 1, ("/proc/letter", "choose a folder you may write to"))


def test_an_outbox_that_cannot_be_written_to_costs_nobody_the_letter(letter):
    (letter / "var" / "outbox").write_text("a file in the folder's place")
    ended = weekly("run", folder=letter, as_of=DUE)
    assert ended.code in {1, 75}, ended
    assert "Traceback" not in ended.stderr
    assert "outbox" in ended.stderr
    (letter / "var" / "outbox").unlink()
    must(weekly("run", folder=letter, as_of="2026-11-24T09:15Z"))
    assert len(outbox(letter)) == READERS


def test_what_a_full_disk_cut_short_can_be_begun_again(tmp_path):
    ended = weekly("init", tmp_path / "letter", "--example", largest_file=4000)
    assert ended.code == 1, ended
    assert str(tmp_path / "letter") in ended.stderr
    assert "Traceback" not in ended.stderr
    must(weekly("init", tmp_path / "letter", "--example"))
    must(weekly("content", "check", folder=tmp_path / "letter"))


def test_a_disk_that_is_full_is_called_so(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'small.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        connection.exec_driver_sql("PRAGMA max_page_count = 3")
        with pytest.raises(OperationalError) as caught:
            connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(100000))")
    engine.dispose()
    assert "the disk is full" in str(describe_store_error(caught.value))


def test_a_letter_that_breaks_a_rule_is_not_sent(letter):
    write(f"{ISSUES}/2026-W48.toml", f'intro = "{"Many words. " * 12_000}"')(letter)
    before = snapshot(letter)
    ended = weekly("run", folder=letter, as_of=DUE)
    refused(ended, 5, ("100,000", "shorten", "2026-W48 is not sent"))
    assert "Finding(" not in ended.stderr
    untouched(letter, before)


def test_rejected_rows_of_an_import_are_named_by_line_and_the_rest_comes_in(letter):
    rows = 'email,name\nnew@example.org,Nia\nnobody,No\n"",Empty\nalso@example.org,Al\n'
    write("list.csv", rows)(letter)
    ended = weekly("subscribers", "import", "list.csv", *CONSENT, cwd=letter, as_of=DUE)
    assert (ended.code, ended.stdout) == (6, "")
    assert "line 3:" in ended.stderr
    assert "line 4:" in ended.stderr
    assert query(letter, "SELECT count(*) FROM subscriber") == [(READERS + 2,)]


def test_a_disk_that_is_full_stops_the_run_with_nothing_lost(letter):
    # Every file may grow to the database's size and no further: the freeze cannot be written.
    size = (letter / "var" / "weekly.db").stat().st_size
    ended = weekly("run", folder=letter, as_of=DUE, largest_file=size)
    assert ended.code == 1, ended
    assert "Traceback" not in ended.stderr
    assert "disk" in ended.stderr
    assert outbox(letter) == []
    must(weekly("run", folder=letter, as_of="2026-11-24T09:15Z"))
    assert len(outbox(letter)) == READERS


def test_a_second_run_at_the_same_time_does_nothing_and_is_told_to_come_back(letter):
    before = snapshot(letter)
    engine = open_engine(f"sqlite:///{letter / 'var' / 'weekly.db'}")
    with lease(engine):
        ended = weekly("run", folder=letter, as_of=DUE)
    engine.dispose()
    refused(ended, 75, ("another run is working", "nothing was done"))
    untouched(letter, before)
