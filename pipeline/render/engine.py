"""The MJML engine, imported at its first use: most commands render nothing."""

from __future__ import annotations

import importlib.util
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any

_SELECTORS = "soupsieve"
_NUMBERS = {"amp": 38, "lt": 60, "gt": 62, "quot": 34, "nbsp": 160, "zwnj": 8204}
"""References of the shipped templates: for the first with a name the parser builds a table of all of them."""
_NAMED = re.compile(rf"<!--.*?-->|&({'|'.join(_NUMBERS)});", re.DOTALL)


NUMBER = "section-number"
"""An attribute of sections that only `run_engine` knows: the place of its section among those given."""

_REGISTRY = threading.Lock()
"""The engine has one registry of components, and fills it again at every run."""


_Call = tuple[str, tuple[Any, ...], dict[str, Any]]
"""The name of a function, and what it was called with."""


class CompiledSection:
    """What the engine makes of a section, empty until it has: its HTML, and what it adds to the head."""

    __slots__ = ("calls", "html")

    def __init__(self) -> None:
        self.html: str | None = None
        self.calls: tuple[_Call, ...] = ()
        """The calls of the engine's context that add rules to the head, in their order."""


def run_engine(source: str, sections: Sequence[CompiledSection] = ()) -> str:
    """Run the engine. Only for guarded source.

    A section with a number is taken from `sections`, or put there when it was not compiled before.
    """
    _defer_selectors()
    from mjml import mjml_to_html  # noqa: PLC0415 - see above

    source = _NAMED.sub(_number, source)
    with _REGISTRY:
        own = [_make_section(sections)] if sections else None
        return str(mjml_to_html(source, custom_components=own).html)


def _make_section(sections: Sequence[CompiledSection]) -> type[Any]:
    """Return the component of sections that compiles each of these once."""
    from mjml.elements import MjSection  # noqa: PLC0415 - see above

    class Section(MjSection):  # type: ignore[misc]
        context: dict[str, Any]
        compiled = sections

        def render(self) -> str:
            number = self.attrs.get(NUMBER)
            if number is None:
                return str(super().render())
            section = sections[int(number)]
            if section.html is None:
                calls: list[_Call] = []
                self.context = _note_calls(self.context, calls)
                section.html = str(super().render())
                section.calls = tuple(calls)
            else:
                for name, values, named in section.calls:
                    self.context[name](*values, **named)
            return section.html

    return Section


def _note_calls(context: Mapping[str, Any], calls: list[_Call]) -> dict[str, Any]:
    """Return a context that also notes what is added to the head, as text where it is a function."""
    breakpoint_ = context["globalData"]["breakpoint"]

    def note(_name: str, *values: Any, **named: Any) -> None:  # noqa: ANN401 - whatever components say
        values = tuple(_write(value, breakpoint_) for value in values)
        calls.append((_name, values, named))
        context[_name](*values, **named)

    names = ("addHeadStyle", "addMediaQuery", "addComponentHeadSyle")
    return {**context, **{name: partial(note, name) for name in names}}


def _write(value: Any, breakpoint_: str) -> Any:  # noqa: ANN401 - a text, a number or a function
    """Return a function that returns what this one does; it would keep its component and the whole letter."""
    if not callable(value):
        return value
    text = value(breakpoint_)
    return lambda _breakpoint: text


def _number(found: re.Match[str]) -> str:
    return f"&#{_NUMBERS[found[1]]};" if found[1] else found[0]


def list_components() -> Mapping[str, Any]:
    """Return the engine's own components by their tags."""
    _defer_selectors()
    from mjml.core.registry import register_core_components  # noqa: PLC0415 - see above

    with _REGISTRY:
        components: Mapping[str, Any] = dict(register_core_components())
    return components


def _defer_selectors() -> None:
    """Import soupsieve only when it is used, which no letter does.

    The engine's parser of HTML imports it for CSS selectors, and that costs more than the engine itself.
    importlib's LazyLoader would not do: the next `import` statement makes it load.
    """
    spec = importlib.util.find_spec(_SELECTORS) if _SELECTORS not in sys.modules else None
    if spec is None or "bs4" in sys.modules:
        return
    later = sys.modules[_SELECTORS] = ModuleType(_SELECTORS)

    def load(name: str) -> Any:  # noqa: ANN401 - whatever the module has
        if name.startswith("__"):
            raise AttributeError(name)
        del sys.modules[_SELECTORS]
        vars(later).update(vars(importlib.import_module(_SELECTORS)))
        return vars(later)[name]

    vars(later).update(__path__=spec.submodule_search_locations, __spec__=spec, __getattr__=load)
