"""Where a subscriber can go from where they stand. Pure; the store carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from subscribers.errors import TransitionError
from subscribers.model import Event, State

UNSUBSCRIBING = (Event.UNSUBSCRIBED_ONE_CLICK, Event.UNSUBSCRIBED_PAGE, Event.UNSUBSCRIBED_BY_HAND)
CONSENT_ORDER = (
    State.ACTIVE,
    State.PAUSED,
    State.PENDING,
    State.UNSUBSCRIBED,
    State.BOUNCED,
    State.COMPLAINED,
    State.ERASED,
)
"""From the most consent to the least."""

LEFT = frozenset({State.UNSUBSCRIBED, State.BOUNCED, State.COMPLAINED, State.ERASED})
"""States that nobody comes back from without asking anew, if at all."""

_CONFIRMED = frozenset({State.ACTIVE, State.PAUSED})
_RANK = {state: -place for place, state in enumerate(CONSENT_ORDER)}


def _table() -> dict[tuple[State, Event], State]:
    moves = {
        # A second request asks for a second confirmation mail and changes nothing.
        (State.PENDING, Event.REQUESTED): State.PENDING,
        (State.PENDING, Event.CONFIRM_MAILED): State.PENDING,
        (State.PENDING, Event.CONFIRMED): State.ACTIVE,
        (State.ACTIVE, Event.PAUSED): State.PAUSED,
        (State.PAUSED, Event.RESUMED): State.ACTIVE,
        (State.UNSUBSCRIBED, Event.REQUESTED): State.PENDING,
        (State.BOUNCED, Event.COMPLAINED): State.COMPLAINED,
        (State.UNSUBSCRIBED, Event.BOUNCED): State.BOUNCED,
        (State.UNSUBSCRIBED, Event.COMPLAINED): State.COMPLAINED,
    }
    for state in (State.PENDING, State.ACTIVE, State.PAUSED):
        moves.update({(state, event): State.UNSUBSCRIBED for event in UNSUBSCRIBING})
        moves[state, Event.BOUNCED] = State.BOUNCED
        moves[state, Event.COMPLAINED] = State.COMPLAINED
    moves.update({(state, Event.ERASED): State.ERASED for state in State if state is not State.ERASED})
    return moves


TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(_table())
"""Every allowed move; what is not here is refused."""


def advance(state: State, event: Event) -> State:
    """Tell the state that follows; raises TransitionError when the event is not allowed there."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise TransitionError(state.word, event.word) from None


def has_less_consent(state: State, other: State) -> bool:
    """Tell whether `state` allows less than `other`."""
    return _RANK[state] < _RANK[other]


def imported_state(current: State | None, wanted: State) -> State | None:
    """Tell where a row of an imported list leaves a reader who is `current` (None: unknown so far).

    Never more consent than before: of both states the one with less, except that a list's `pending` says
    nothing about a reader who has confirmed here. None when a list may say nothing at all: nobody is
    erased, or brought back from being erased, by a list.
    """
    if State.ERASED in {current, wanted}:
        return None
    if current is None:
        return wanted
    if current in _CONFIRMED and wanted is State.PENDING:
        return current
    return min(current, wanted, key=_RANK.__getitem__)


def lowering_event(state: State) -> Event | None:
    """Tell which event of a list leads to `state`; None for the states that a list begins with."""
    return {
        State.PAUSED: Event.PAUSED,
        State.UNSUBSCRIBED: Event.UNSUBSCRIBED_BY_HAND,
        State.BOUNCED: Event.BOUNCED,
        State.COMPLAINED: Event.COMPLAINED,
    }.get(state)
