"""The MJML engine, imported at its first use: most commands render nothing."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

_SELECTORS = "soupsieve"
_NUMBERS = {"amp": 38, "lt": 60, "gt": 62, "quot": 34, "nbsp": 160, "zwnj": 8204}
"""References of the shipped templates: for the first with a name the parser builds a table of all of them."""
_NAMED = re.compile(rf"<!--.*?-->|&({'|'.join(_NUMBERS)});", re.DOTALL)


def run_engine(source: str) -> str:
    """Run the engine as it is. Only for guarded source."""
    _defer_selectors()
    from mjml import mjml_to_html  # noqa: PLC0415 - see above

    return str(mjml_to_html(_NAMED.sub(_number, source)).html)


def _number(found: re.Match[str]) -> str:
    return f"&#{_NUMBERS[found[1]]};" if found[1] else found[0]


def list_components() -> Mapping[str, Any]:
    """Return the engine's own components by their tags."""
    _defer_selectors()
    from mjml.core.registry import register_core_components  # noqa: PLC0415 - see above

    components: Mapping[str, Any] = register_core_components()
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
