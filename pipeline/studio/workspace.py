"""The workspace of a real newsletter: letters made from its files, and what may be done to them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

from pipeline.edition.editor import Editor, WishAct
from pipeline.errors import PipelineError
from pipeline.issue.editing import KIND_WORDS, ActOutcome
from pipeline.issue.wishes_file import WishKind
from pipeline.resources import shipped
from pipeline.run.single_mails import send_test
from pipeline.studio.actions import Action, Done, get
from pipeline.studio.build_view import make_calendar, make_draft, make_letter, make_message, read_file
from pipeline.studio.letter import Calendar, LetterView
from pipeline.weeks import Week

if TYPE_CHECKING:
    from jinja2 import Environment

    from pipeline.wiring import Newsletter


class NewsletterWorkspace:
    """Builds everything from the files at each call; only the clock goes on."""

    def __init__(self, newsletter: Newsletter) -> None:
        self.newsletter = newsletter
        self._names: frozenset[str] = frozenset()
        self._templates: Environment | None = None

    def calendar(self) -> Calendar:
        """List the weeks to look at."""
        return make_calendar(self._reopened())

    def letter(self, week: str, persona: str) -> LetterView:
        """Build the letter of a week as a persona gets it."""
        return make_letter(self._reopened(), week, persona)

    def message(self, week: str, persona: str) -> bytes:
        """Build the whole message of the letter of a week."""
        return make_message(self._reopened(), week, persona)

    def proofing(self) -> tuple[tuple[str, ...], str, str]:
        """Return the test addresses, the editor's address pattern and the newsletter's name."""
        settings = self.newsletter.reopened().settings
        return settings.preview.test_addresses, settings.preview.editor, settings.newsletter.name

    def file(self, path: str) -> str | None:
        """Read a file a letter is made of."""
        return read_file(self.newsletter, path)

    def place(self, path: str) -> str:
        """Return where such a file lies."""
        own = self.newsletter.folder / path
        if path == self.newsletter.config.name:
            own = self.newsletter.config
        is_shipped = path.startswith("templates/") and not own.exists()
        return str((shipped("templates").parent / path if is_shipped else own).absolute())

    def acts(self) -> Mapping[str, Action]:
        """List what may be done, by name."""
        wishes: tuple[WishAct, ...] = ("pin", "unpin", "ban", "unban")
        return {
            **{name: partial(self._wish, name) for name in wishes},
            "swap": self._swap,
            "words": self._words,
            "refresh": self._refresh,
            "test": self._test,
            "approve": self._approve,
            "unapprove": self._unapprove,
            "undo": self._undo,
        }

    def _wish(self, act: WishAct, week: str, form: Mapping[str, str]) -> Done:
        editor, chosen = self._edit(week)
        return _report(editor.wish(chosen, act, get(form, "ref"), _kind(form)))

    def _swap(self, week: str, form: Mapping[str, str]) -> Done:
        editor, chosen = self._edit(week)
        return _report(editor.swap(chosen, _kind(form), get(form, "ref"), get(form, "for")))

    def _words(self, week: str, form: Mapping[str, str]) -> Done:
        editor, chosen = self._edit(week)
        words = {name: form.get(name) for name in ("subject", "preheader", "intro")}
        words["subject"] = form.get("subject", "").strip() or form.get("candidate", "")
        return _report(editor.write_words(chosen, words, get(form, "seen")))

    def _refresh(self, week: str, _form: Mapping[str, str]) -> Done:
        editor, chosen = self._edit(week)
        draft = editor.choose_again(chosen)
        return Done(f"{chosen}: chosen again and locked, “{draft.rendered.subject}”")

    def _test(self, week: str, form: Mapping[str, str]) -> Done:
        fresh = self._reopened()
        addresses = fresh.settings.preview.test_addresses
        wanted = form.get("address", "")
        recipients = [address for address in addresses if wanted in ("", address)]
        if not recipients:
            raise PipelineError(
                "test copies go to the addresses in weekly.toml only: [preview] test_addresses"
            )
        editor, chosen = self._edit(week)
        editor.require_open(chosen)
        rendered = make_draft(editor.edition, chosen).rendered
        return Done(send_test(fresh, rendered, recipients))

    def _approve(self, week: str, form: Mapping[str, str]) -> Done:
        editor, chosen = self._edit(week)
        return _report(editor.approve(chosen, get(form, "digest")))

    def _unapprove(self, week: str, _form: Mapping[str, str]) -> Done:
        editor, chosen = self._edit(week)
        return _report(editor.unapprove(chosen))

    def _undo(self, week: str, form: Mapping[str, str]) -> Done:
        editor, chosen = self._edit(week)
        return _report(editor.undo(chosen, form.get("undo", "")))

    def _edit(self, week: str) -> tuple[Editor, Week]:
        fresh = self._reopened()
        return fresh.editor("studio"), fresh.week(week or None)

    def _reopened(self) -> Newsletter:
        """Open the newsletter again, except its templates, which notice by themselves that a file was saved.

        They do not notice that a file of the newsletter now replaces a shipped one, or no longer does.
        """
        own = self.newsletter.folder / "templates"
        names = frozenset(str(path) for path in own.rglob("*"))
        if self._templates is None or names != self._names:
            self._templates, self._names = self.newsletter.reopened().templates, names
        return self.newsletter.reopened(self._templates)


def _report(done: ActOutcome) -> Done:
    return Done(done.message, done.act)


def _kind(form: Mapping[str, str]) -> WishKind:
    kind = get(form, "kind")
    if kind not in KIND_WORDS:
        raise PipelineError(f"nothing of the kind `{kind}` can be pinned or banned")
    return cast("WishKind", kind)
