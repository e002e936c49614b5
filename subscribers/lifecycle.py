"""The state machine of a subscriber. Pure; the store carries it out."""

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
"""States that end only by a new sign-up, if at all."""

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
        # The store refuses these two while the address is suppressed: first a person lifts that.
        (SubscriberState.BOUNCED, Event.REQUESTED): SubscriberState.PENDING,
        (SubscriberState.COMPLAINED, Event.REQUESTED): SubscriberState.PENDING,
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
    """Return the state that follows; raises TransitionError if the event is not allowed there."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise TransitionError(state.word, event.word) from None


def has_less_consent(state: SubscriberState, other: SubscriberState) -> bool:
    """Return whether `state` allows less than `other`."""
    return _RANK[state] < _RANK[other]


def imported_state(current: SubscriberState | None, wanted: SubscriberState) -> SubscriberState | None:
    """Return the state that a row of an imported list leads to, for a reader who is `current` (None: new).

    Never more consent than before: the state with less consent of the two, except that `pending` in a list
    does not lower a reader who has confirmed here. None if a list must not decide: no list erases a reader
    or brings back an erased one.
    """
    if SubscriberState.ERASED in {current, wanted}:
        return None
    if current is None:
        return wanted
    if current in _CONFIRMED and wanted is SubscriberState.PENDING:
        return current
    return min(current, wanted, key=_RANK.__getitem__)


def lowering_event(state: SubscriberState) -> Event | None:
    """Return the event that a list records for `state`; None for the states of new readers."""
    return {
        SubscriberState.PAUSED: Event.PAUSED,
        SubscriberState.UNSUBSCRIBED: Event.UNSUBSCRIBED_BY_HAND,
        SubscriberState.BOUNCED: Event.BOUNCED,
        SubscriberState.COMPLAINED: Event.COMPLAINED,
    }.get(state)
