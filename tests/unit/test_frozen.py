"""The values of the fast decorator behave as those of `dataclasses.dataclass(frozen=True, slots=True)`."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from functools import cached_property

import pytest

from pipeline.model import frozen


@frozen.dataclass(frozen=True, slots=True)
class Fast:
    name: str
    tags: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    hidden: int = field(default=0, repr=False, compare=False)
    made: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Slow:
    name: str
    tags: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    hidden: int = field(default=0, repr=False, compare=False)
    made: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)


@frozen.dataclass(frozen=True, slots=True)
class More(Fast):
    count: int = 1

    def __post_init__(self):
        if self.count < 0:
            raise ValueError(self.count)


@frozen.dataclass(frozen=True, slots=True)
class Single:
    value: object = ()

    def __repr__(self):
        return "a single one"


@frozen.dataclass(frozen=True, slots=True)
class Empty:
    pass


@frozen.dataclass(frozen=True, slots=True, order=True)
class Ranked:
    place: int
    words: str = field(default="", hash=False)
    note: str = field(default="", compare=False)


@frozen.dataclass(frozen=True)
class Cached:
    name: str

    @cached_property
    def upper(self):
        return self.name.upper()


VALUES = [("a",), ("b", ("x",)), ("b", ("x",), ["n"], 3)]


@pytest.mark.parametrize("values", VALUES)
def test_a_value_looks_and_is_taken_apart_as_one_of_the_standard_library(values):
    fast, slow = Fast(*values), Slow(*values)
    assert repr(fast) == repr(slow).replace("Slow", "Fast")
    assert asdict(fast) == asdict(slow)
    assert [each.name for each in fields(fast)] == [each.name for each in fields(slow)]
    assert Fast.__match_args__ == Slow.__match_args__
    assert Fast.__slots__ == Slow.__slots__


@pytest.mark.parametrize("one", VALUES)
@pytest.mark.parametrize("other", VALUES)
def test_values_are_equal_when_those_of_the_standard_library_are(one, other):
    assert (Fast(*one) == Fast(*other)) == (Slow(*one) == Slow(*other))
    assert Fast(*one) != Slow(*one)


def test_equal_values_have_equal_hashes_and_what_is_not_compared_counts_for_neither():
    assert hash(Single((1, "x"))) == hash(Single((1, "x"))) != hash(Single("x"))
    assert replace(Fast("a"), hidden=3) == Fast("a")
    assert Empty() == Empty() != Single()
    with pytest.raises(TypeError):
        hash(Fast("a"))


def test_values_with_an_order_are_sorted_by_what_is_compared():
    assert Ranked(1, "b") < Ranked(2, "a") <= Ranked(2, "a", "x") >= Ranked(1) < Ranked(1, "a")
    assert not Ranked(1) > Ranked(1)
    with pytest.raises(TypeError):
        sorted([Ranked(1), Single()])
    assert hash(Ranked(1, "a")) == hash(Ranked(1, "b"))


def test_a_value_without_slots_keeps_what_it_has_found_out():
    assert Cached("a").upper == "A"
    assert copy.copy(Cached("a")) == pickle.loads(pickle.dumps(Cached("a"))) == Cached("a")


def test_a_default_that_is_made_is_made_for_each_value():
    assert Fast("a").notes is not Fast("a").notes
    assert Fast("a").made is not Fast("a").made


def test_a_value_cannot_change():
    for value in (Fast("a"), More("a")):
        with pytest.raises(FrozenInstanceError):
            value.name = "b"
        with pytest.raises(FrozenInstanceError):
            del value.name
        with pytest.raises(FrozenInstanceError):
            value.more = 1


def test_a_value_is_copied_and_pickled():
    value = More("a", ("x",), ["n"], count=2)
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == replace(value, count=2) == value


def test_a_subclass_adds_fields_and_is_another_type():
    assert repr(More("a", count=3)) == "More(name='a', tags=(), notes=[], count=3)"
    assert More("a") != Fast("a")
    with pytest.raises(ValueError, match="-1"):
        More("a", count=-1)


def test_methods_that_a_class_writes_itself_stay():
    assert repr(Single(1)) == "a single one"


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'name'"):
        Fast()
    with pytest.raises(TypeError, match="unexpected keyword argument 'nam'"):
        Fast(nam="a")


def test_a_dataclass_that_can_change_is_refused():
    with pytest.raises(TypeError, match="can change"):
        frozen.dataclass(frozen=False)
