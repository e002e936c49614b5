"""Compiled templates are kept in the user's cache, and whatever is there, the letter is the same."""

from __future__ import annotations

import pytest

from pipeline.render.jinja import environment, fill
from pipeline.resources import find_template_cache
from pipeline.wiring import Newsletter


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.txt.j2").write_text("Hello {{ name }}", "utf-8")
    return tmp_path / "templates"


def greet(folder, cache):
    return fill(environment([folder], cache=cache), "a.txt.j2", {"name": "Ada"})


def test_a_template_is_compiled_once(folder, tmp_path):
    cache = tmp_path / "cache"
    assert greet(folder, cache) == "Hello Ada"
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns
    assert greet(folder, cache) == "Hello Ada"
    assert kept.stat().st_mtime_ns == written


def test_a_changed_template_is_compiled_again(folder, tmp_path):
    greet(folder, tmp_path / "cache")
    (folder / "a.txt.j2").write_text("Goodbye {{ name }}", "utf-8")
    assert greet(folder, tmp_path / "cache") == "Goodbye Ada"


@pytest.mark.parametrize(("begin", "end"), [(0, 0), (0, -7), (1, None)])
def test_a_damaged_cache_is_ignored_and_replaced(folder, tmp_path, begin, end):
    greet(folder, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    damaged = kept.read_bytes()[begin:end]
    kept.write_bytes(damaged)
    assert greet(folder, tmp_path / "cache") == "Hello Ada"
    assert kept.read_bytes() != damaged


def test_a_cache_that_cannot_be_written_does_no_harm(folder, tmp_path):
    (tmp_path / "cache").write_text("a file", "utf-8")
    assert greet(folder, tmp_path / "cache") == "Hello Ada"


def test_a_mistake_in_a_template_from_the_cache_is_reported_where_it_is(folder, tmp_path):
    (folder / "a.txt.j2").write_text("Hello\n{{ nobody }}", "utf-8")
    for _ in range(2):
        with pytest.raises(Exception, match="nobody") as caught:
            greet(folder, tmp_path / "cache")
        (problem,) = caught.value.problems
        assert (problem.path, problem.line) == ("templates/a.txt.j2", 2)


@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
@pytest.mark.parametrize("cache", ["own", "own/templates", "own/home", "link/home"])
@pytest.mark.parametrize("name", ["own", "link"])
def test_no_code_is_kept_in_the_folder_of_a_newsletter(tmp_path, monkeypatch, variable, cache, name):
    (tmp_path / "own" / "templates").mkdir(parents=True)
    (tmp_path / "link").symlink_to("own")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / cache))
    opened = Newsletter(folder=tmp_path / name, config=None, as_of=None, environ={})
    assert opened.templates.bytecode_cache is None
    assert [each.name for each in (tmp_path / "own").rglob("*")] == ["templates"]


def test_a_home_that_is_not_absolute_has_no_cache(tmp_path, monkeypatch):
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", ".")
    assert find_template_cache(tmp_path / "own") is None
    assert [each.name for each in tmp_path.iterdir()] == ["own"]


def test_only_a_folder_that_nobody_else_can_write_to_is_trusted(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = find_template_cache(tmp_path / "own")
    assert made == tmp_path / "cache" / "weekly-insights" / "templates"
    for folder in (made, made.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
        folder.chmod(0o770)
        words = []
        assert find_template_cache(tmp_path / "own", words.append) is None
        assert [f"{folder} may be written by others" in each for each in words] == [True]
        folder.chmod(0o702)
        assert find_template_cache(tmp_path / "own") is None
        folder.chmod(0o700)
    assert find_template_cache(tmp_path / "own") == made
    made.rmdir()
    made.symlink_to(tmp_path)
    assert find_template_cache(tmp_path / "own") is None
