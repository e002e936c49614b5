"""The wheel alone is enough: without the sources it makes a newsletter and sends its first letter."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from support.cli import CONSENT, DUE, READERS, outbox, start_weekly
from support.patience import PATIENCE_S

REPO = Path(__file__).resolve().parents[2]
SHIPPED = "pipeline/_shipped/"
SOURCES = {
    f"{SHIPPED}{path.relative_to(REPO).as_posix()}": path
    for folder in ("templates", "content/glossary", "content/tips")
    for path in (REPO / folder).rglob("*")
    if path.is_file()
} | {f"{SHIPPED}weekly.toml": REPO / "weekly.toml"}


def call(*command, cwd):
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=REPO)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """An environment that has the wheel, and of the one the tests run in nothing but its dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    call(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    call(sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--python", python,
         "install", "--no-deps", "--no-index", wheel, cwd=folder)  # fmt: skip
    # A path that a .pth file names is searched, but its own .pth files, the checkout's, are not obeyed.
    here = Path(
        call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (here / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return folder / "venv"


def test_the_wheel_has_every_template_and_term_and_nothing_of_the_workshop(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        packed = {name: archive.read(name) for name in names if name.startswith(SHIPPED)}
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        entry_points = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    assert packed == {name: path.read_bytes() for name, path in SOURCES.items()}
    assert {name.split("/")[0] for name in names} == {"pipeline", "subscribers", metadata.split("/")[0]}
    assert metadata.replace("METADATA", "licenses/LICENSE") in names
    assert "weekly = pipeline.__main__:main" in entry_points
    assert "pipeline/store/migrations/env.py" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".db", ".secrets"))]


def test_the_installed_wheel_makes_a_newsletter_and_sends_its_letter_once(installed, tmp_path):
    code = "import pipeline, subscribers, sys; print(pipeline.__file__, subscribers.__file__, *sys.path)"
    for found in call(installed / "bin" / "python", "-c", code, cwd=tmp_path).split()[:2]:
        assert Path(found).is_relative_to(installed)
    assert str(REPO) not in call(installed / "bin" / "python", "-c", code, cwd=tmp_path).split()

    def weekly(*args, folder=tmp_path / "letter"):
        command = (installed / "bin" / "weekly",)
        return start_weekly(*args, folder=folder, as_of=DUE, cwd=tmp_path, command=command)

    made = weekly("init", tmp_path / "letter", "--example", folder=None)
    assert made.code == 0, made
    for name, source in SOURCES.items():
        copied = tmp_path / "letter" / name.removeprefix(SHIPPED)
        assert copied.is_file() is not name.startswith(f"{SHIPPED}templates")
        assert not copied.is_file() or copied.read_bytes() == source.read_bytes()

    checked = weekly("content", "check")
    assert (checked.code, checked.stdout) == (0, ""), checked
    imported = weekly("subscribers", "import", READERS, *CONSENT)
    assert imported.code == 0, imported
    sent = weekly("run", "--now")
    assert (sent.code, sent.stdout) == (0, ""), sent
    assert len(outbox(tmp_path / "letter")) == 12
    again = weekly("run", "--now")
    assert again.code == 0
    assert "2026-W48 was sent before" in again.stderr
    assert len(outbox(tmp_path / "letter")) == 12
