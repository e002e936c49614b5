"""The room of a real newsletter: letters from its files, and what may be done to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from pipeline.edition.approval import approve
from pipeline.errors import PipelineError
from pipeline.issue.wishes import read_wishes
from pipeline.issue.wishes_file import WishKind, write_ban, write_pin, write_removal, write_swap, write_words
from pipeline.model.locations import wishes_path
from pipeline.news.stories import name_item
from pipeline.resources import shipped
from pipeline.run.single_mails import send_test, tell_copies
from pipeline.studio.actions import Action, get
from pipeline.studio.build_view import make_calendar, make_draft, make_letter, make_message, read_file
from pipeline.studio.letter import WISHED, Calendar, LetterView, digest_words

if TYPE_CHECKING:
    from jinja2 import Environment

    from pipeline.weeks import Week
    from pipeline.wiring import Newsletter


_WORDS: Mapping[WishKind, str] = {"term": "term", "tip": "tip", "items": "story"}


class NewsletterWorkspace:
    """Makes everything anew from the files at each call; only the clock goes on."""

    def __init__(self, newsletter: Newsletter) -> None:
        self.newsletter = newsletter
        self._names: frozenset[str] = frozenset()
        self._templates: Environment | None = None

    def calendar(self) -> Calendar:
        """List the weeks to look at."""
        return make_calendar(self._reopened())

    def letter(self, week: str, persona: str) -> LetterView:
        """Make the letter of a week as a persona gets it."""
        return make_letter(self._reopened(), week, persona)

    def message(self, week: str, persona: str) -> bytes:
        """Make the whole message of the letter of a week."""
        return make_message(self._reopened(), week, persona)

    def proofing(self) -> tuple[tuple[str, ...], str, str]:
        """Tell the test addresses, the editor's address pattern and the newsletter's name."""
        settings = self.newsletter.reopened().settings
        return settings.preview.test_addresses, settings.preview.editor, settings.newsletter.name

    def file(self, path: str) -> str | None:
        """Read a file a letter is made of."""
        return read_file(self.newsletter, path)

    def place(self, path: str) -> str:
        """Tell where such a file lies."""
        own = self.newsletter.folder / path
        if path == self.newsletter.config.name:
            own = self.newsletter.config
        is_shipped = path.startswith("templates/") and not own.exists()
        return str((shipped("templates").parent / path if is_shipped else own).absolute())

    def acts(self) -> Mapping[str, Action]:
        """List what may be done, by name."""
        return {
            "pin": self._pin,
            "ban": self._ban,
            "swap": self._swap,
            "lift": self._lift,
            "words": self._words,
            "refresh": self._refresh,
            "test": self._test,
            "approve": self._approve,
        }

    def _pin(self, week: str, form: Mapping[str, str]) -> str:
        chosen, slot, ref = self._wish(week, form, "ref")
        write_pin(self.newsletter.folder, str(chosen), slot, ref)
        return f"{chosen}: the {_WORDS[slot]} {ref} is pinned"

    def _ban(self, week: str, form: Mapping[str, str]) -> str:
        chosen, slot, ref = self._wish(week, form, "ref")
        write_ban(self.newsletter.folder, str(chosen), slot, ref)
        return f"{chosen}: the {_WORDS[slot]} {ref} is banned"

    def _swap(self, week: str, form: Mapping[str, str]) -> str:
        chosen, slot, ref = self._wish(week, form, "ref")
        _, _, other = self._wish(week, form, "for")
        write_swap(self.newsletter.folder, str(chosen), slot, ref, other)
        return f"{chosen}: {other} takes the place of {ref}"

    def _lift(self, week: str, form: Mapping[str, str]) -> str:
        chosen, slot, ref = self._open(week), _slot(form), get(form, "ref")
        write_removal(self.newsletter.folder, str(chosen), slot, ref)
        return f"{chosen}: your wish about {ref} is taken back"

    def _words(self, week: str, form: Mapping[str, str]) -> str:
        chosen = self._open(week)
        if digest_words(read_wishes(self.newsletter.folder, str(chosen))) != get(form, "seen"):
            raise PipelineError(
                f"the words of {chosen} have changed since you looked; nothing is written. Both stand "
                "under Why: make yours what they should be, then save again"
            )
        words = {name: form.get(name) for name in ("subject", "preheader", "intro")}
        words["subject"] = form.get("subject", "").strip() or form.get("candidate", "")
        write_words(self.newsletter.folder, str(chosen), **words)
        return f"{chosen}: your words are written into {wishes_path(str(chosen))}"

    def _refresh(self, week: str, _form: Mapping[str, str]) -> str:
        chosen = self._open(week)
        edition = self._reopened().edition()
        draft = edition.draft(chosen, mode="refresh")
        edition.save_lock(draft)
        return f"{chosen}: chosen anew and locked, “{draft.rendered.subject}”"

    def _test(self, week: str, form: Mapping[str, str]) -> str:
        fresh = self._reopened()
        addresses = fresh.settings.preview.test_addresses
        wanted = form.get("address", "")
        recipients = [address for address in addresses if wanted in ("", address)]
        if not recipients:
            raise PipelineError(
                "test copies go to the addresses in weekly.toml only: [preview] test_addresses"
            )
        rendered = make_draft(fresh.edition(), self._open(week)).rendered
        return tell_copies(rendered, *send_test(fresh, rendered, recipients))

    def _approve(self, week: str, form: Mapping[str, str]) -> str:
        chosen = self._open(week)
        edition = self._reopened().edition()
        draft = edition.draft(chosen)
        if draft.digest != get(form, "digest"):
            raise PipelineError(f"{chosen} has changed since you looked at it; look again, then approve")
        approve(edition, draft)
        return f"{chosen}, “{draft.rendered.subject}”, is approved as it is now"

    def _reopened(self) -> Newsletter:
        """Open the newsletter anew, but for templates, which see themselves that a file was saved.

        They do not see that one of the newsletter's own now stands before a shipped one, or no more.
        """
        own = self.newsletter.folder / "templates"
        names = frozenset(str(path) for path in own.rglob("*"))
        if self._templates is None or names != self._names:
            self._templates, self._names = self.newsletter.reopened().templates, names
        return self.newsletter.reopened(self._templates)

    def _open(self, week: str) -> Week:
        """Find the week that is meant; refuses one that was sent."""
        fresh = self.newsletter.reopened()
        chosen = fresh.week(week or None)
        if any(past.week == str(chosen) for past in fresh.history()):
            raise PipelineError(f"{chosen} was sent; nothing of it can be changed")
        if chosen < fresh.week(None):
            raise PipelineError(f"{chosen} is past, and no letter was sent; nothing of it can be changed")
        return chosen

    def _wish(self, week: str, form: Mapping[str, str], field: str) -> tuple[Week, WishKind, str]:
        """Read a wish from a form, as the file says it; refuses what there is not to be wished for."""
        chosen, slot, ref = self._open(week), _slot(form), get(form, field)
        edition = self._reopened().edition()
        if slot == "items":
            items = edition.snapshot(chosen).item_by_id
            if ref not in items:
                raise PipelineError(f"no feed brought a story `{ref}` this week")
            return chosen, slot, name_item(items[ref], items.values())
        catalogue, _ = edition.catalogue()
        if ref not in (catalogue.term_by_slug if slot == "term" else catalogue.tip_by_slug):
            raise PipelineError(f"there is no {slot} `{ref}`; `weekly content list` shows every one")
        return chosen, slot, ref


def _slot(form: Mapping[str, str]) -> WishKind:
    slot = get(form, "slot")
    if slot not in WISHED.values():
        raise PipelineError(f"nobody can wish for the slot `{slot}`")
    return cast("WishKind", slot)
