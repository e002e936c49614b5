"""Where a subscriber can go from where they stand. Pure; the store carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from subscribers.errors import TransitionError
from subscribers.model import Event, SubscriberState

UNSUBSCRIBING = (Event.UNSUBSCRIBED_ONE_CLICK, Event.UNSUBSCRIBED_PAGE, Event.UNSUBSCRIBED_BY_HAND)
CONSENT_ORDER = (
    SubscriberState.ACTIVE,
    SubscriberState.PAUSED,
    SubscriberState.PENDING,
    SubscriberState.UNSUBSCRIBED,
    SubscriberState.BOUNCED,
    SubscriberState.COMPLAINED,
    SubscriberState.ERASED,
)
"""From the most consent to the least."""

LEFT = frozenset(
    {
        SubscriberState.UNSUBSCRIBED,
        SubscriberState.BOUNCED,
        SubscriberState.COMPLAINED,
        SubscriberState.ERASED,
    }
)
"""States that nobody comes back from without asking anew, if at all."""

_CONFIRMED = frozenset({SubscriberState.ACTIVE, SubscriberState.PAUSED})
_RANK = {state: -place for place, state in enumerate(CONSENT_ORDER)}


def _table() -> dict[tuple[SubscriberState, Event], SubscriberState]:
    moves = {
        # A second request asks for a second confirmation mail and changes nothing.
        (SubscriberState.PENDING, Event.REQUESTED): SubscriberState.PENDING,
        (SubscriberState.PENDING, Event.CONFIRM_MAILED): SubscriberState.PENDING,
        (SubscriberState.PENDING, Event.CONFIRMED): SubscriberState.ACTIVE,
        (SubscriberState.ACTIVE, Event.PAUSED): SubscriberState.PAUSED,
        (SubscriberState.PAUSED, Event.RESUMED): SubscriberState.ACTIVE,
        (SubscriberState.UNSUBSCRIBED, Event.REQUESTED): SubscriberState.PENDING,
        (SubscriberState.BOUNCED, Event.COMPLAINED): SubscriberState.COMPLAINED,
        (SubscriberState.UNSUBSCRIBED, Event.BOUNCED): SubscriberState.BOUNCED,
        (SubscriberState.UNSUBSCRIBED, Event.COMPLAINED): SubscriberState.COMPLAINED,
    }
    for state in (SubscriberState.PENDING, SubscriberState.ACTIVE, SubscriberState.PAUSED):
        moves.update({(state, event): SubscriberState.UNSUBSCRIBED for event in UNSUBSCRIBING})
        moves[state, Event.BOUNCED] = SubscriberState.BOUNCED
        moves[state, Event.COMPLAINED] = SubscriberState.COMPLAINED
    moves.update(
        {
            (state, Event.ERASED): SubscriberState.ERASED
            for state in SubscriberState
            if state is not SubscriberState.ERASED
        }
    )
    return moves


TRANSITIONS: Mapping[tuple[SubscriberState, Event], SubscriberState] = MappingProxyType(_table())
"""Every allowed move; what is not here is refused."""


def advance(state: SubscriberState, event: Event) -> SubscriberState:
    """Tell the state that follows; raises TransitionError when the event is not allowed there."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise TransitionError(state.word, event.word) from None


def has_less_consent(state: SubscriberState, other: SubscriberState) -> bool:
    """Tell whether `state` allows less than `other`."""
    return _RANK[state] < _RANK[other]


def imported_state(current: SubscriberState | None, wanted: SubscriberState) -> SubscriberState | None:
    """Tell where a row of an imported list leaves a reader who is `current` (None: unknown so far).

    Never more consent than before: of both states the one with less, except that a list's `pending` says
    nothing about a reader who has confirmed here. None when a list may say nothing at all: nobody is
    erased, or brought back from being erased, by a list.
    """
    if SubscriberState.ERASED in {current, wanted}:
        return None
    if current is None:
        return wanted
    if current in _CONFIRMED and wanted is SubscriberState.PENDING:
        return current
    return min(current, wanted, key=_RANK.__getitem__)


def lowering_event(state: SubscriberState) -> Event | None:
    """Tell which event of a list leads to `state`; None for the states that a list begins with."""
    return {
        SubscriberState.PAUSED: Event.PAUSED,
        SubscriberState.UNSUBSCRIBED: Event.UNSUBSCRIBED_BY_HAND,
        SubscriberState.BOUNCED: Event.BOUNCED,
        SubscriberState.COMPLAINED: Event.COMPLAINED,
    }.get(state)
