"""Makes frozen dataclasses at a third of the usual cost, which every command pays at its start.

Python 3.11 and 3.12 compile each method of each dataclass separately. Here `__init__` is compiled and
the other methods are shared; the values behave as those of the standard library do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from functools import partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool = False, order: bool = False) -> Callable[[type], type]:
        """Return the decorator of a frozen dataclass, the only kind that is made here."""
        if not frozen:
            raise TypeError("use dataclasses.dataclass for classes that can change")
        return partial(_freeze, slots=slots, order=order)


def _freeze(cls: type, *, slots: bool, order: bool) -> type:
    made: type = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    own = vars(cls)
    read = _read([field.name for field in fields(made) if field.compare])
    hashed = _read([each.name for each in fields(made) if (each.compare if each.hash is None else each.hash)])
    orders = _make_order(read) if order else ()
    states = (__getstate__, __setstate__) if slots else ()
    for method in (
        _make_init(made),
        _make_repr(made),
        *_make_comparison(read, hashed),
        *orders,
        *states,
        *_SHARED,
    ):
        if own.get(method.__name__) is None:
            setattr(made, method.__name__, method)
    return made


def _make_init(cls: type) -> Any:  # noqa: ANN401 - a function with one parameter for every field
    scope: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    slots = vars(cls).get("__slots__", ())
    parameters, lines = ["self"], []
    for field in fields(cls):
        name, value, given = field.name, field.name, ""
        if field.default is not MISSING:
            scope[f"_default_{name}"] = field.default
            given = f"=_default_{name}"
        elif field.default_factory is not MISSING:
            scope[f"_make_{name}"] = field.default_factory
            given, value = "=_missing", f"_make_{name}() if {name} is _missing else {name}"
        if field.init:
            parameters.append(f"{name}{given}")
        elif given:
            value = f"_make_{name}()" if given == "=_missing" else f"_default_{name}"
        if field.init or given:
            # The descriptor of a slot sets its value in two thirds of the time.
            if name in slots:
                scope[f"_set_{name}"] = vars(cls)[name].__set__
                lines.append(f" _set_{name}(self, {value})")
            else:
                lines.append(f" _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    # As the standard library does; the text has nothing but the names of fields.
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *lines, " return"]), scope)  # noqa: S102
    made = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {field.name: field.type for field in fields(cls) if field.init} | {"return": None}
    return made


def _make_repr(cls: type) -> Callable[[object], str]:
    names = [field.name for field in fields(cls) if field.repr]

    @recursive_repr()
    def __repr__(self: object) -> str:  # noqa: N807
        shown = [f"{name}={getattr(self, name)!r}" for name in names]
        return f"{self.__class__.__qualname__}({', '.join(shown)})"

    return __repr__


def _read(names: list[str]) -> Callable[[Any], Any]:
    """Return what reads the values of fields; two at least: of one, attrgetter returns no tuple."""
    return attrgetter(*names, *names[:1]) if names else type


def _make_comparison(
    read: Callable[[Any], Any], hashed: Callable[[Any], Any]
) -> tuple[Callable[..., Any], ...]:
    def __eq__(self: object, other: object) -> Any:  # noqa: ANN401, N807 - NotImplemented, too
        return read(self) == read(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(hashed(self))

    return __eq__, __hash__


def _make_order(read: Callable[[Any], Any]) -> tuple[Callable[..., Any], ...]:
    def __lt__(self: object, other: object) -> Any:  # noqa: ANN401, N807 - as above
        return read(self) < read(other) if other.__class__ is self.__class__ else NotImplemented

    def __le__(self: object, other: object) -> Any:  # noqa: ANN401, N807
        return read(self) <= read(other) if other.__class__ is self.__class__ else NotImplemented

    def __gt__(self: object, other: object) -> Any:  # noqa: ANN401, N807
        return read(self) > read(other) if other.__class__ is self.__class__ else NotImplemented

    def __ge__(self: object, other: object) -> Any:  # noqa: ANN401, N807
        return read(self) >= read(other) if other.__class__ is self.__class__ else NotImplemented

    return __lt__, __le__, __gt__, __ge__


def __setattr__(_self: object, name: str, _value: object) -> None:  # noqa: N807
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def __delattr__(_self: object, name: str) -> None:  # noqa: N807
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def __getstate__(self: Any) -> list[Any]:  # noqa: ANN401, N807
    return [getattr(self, field.name) for field in fields(self)]


def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: ANN401, N807
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_SHARED = (__setattr__, __delattr__)
