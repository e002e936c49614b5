from functools import reduce

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from subscribers.errors import TransitionError
from subscribers.lifecycle import (
    CONSENT_ORDER,
    LEFT,
    advance,
    has_less_consent,
    imported_state,
    lowering_event,
)
from subscribers.model import Event, SubscriberState

STATES = st.sampled_from(SubscriberState)
IMPORTABLE = st.sampled_from([state for state in SubscriberState if state is not SubscriberState.ERASED])
EVENTS = st.lists(st.sampled_from(Event), max_size=12)


def follow(state, event):
    try:
        return advance(state, event)
    except TransitionError:
        return state


@examples(100)
@given(STATES, EVENTS)
def test_nobody_becomes_active_without_confirming_or_resuming(state, events):
    path = [state]
    for event in events:
        path.append(follow(path[-1], event))
        if path[-1] is SubscriberState.ACTIVE and path[-2] is not SubscriberState.ACTIVE:
            assert event in {Event.CONFIRMED, Event.RESUMED}


@examples(100)
@given(EVENTS)
def test_who_left_receives_nothing_until_they_ask_again(events):
    before_asking = events[: events.index(Event.REQUESTED)] if Event.REQUESTED in events else events
    assert reduce(follow, before_asking, SubscriberState.UNSUBSCRIBED) in LEFT


@examples(100)
@given(st.sampled_from([SubscriberState.BOUNCED, SubscriberState.COMPLAINED]), EVENTS)
def test_nothing_but_a_new_request_leads_back_from_a_bounce_or_a_complaint(state, events):
    before_asking = events[: events.index(Event.REQUESTED)] if Event.REQUESTED in events else events
    end = reduce(follow, before_asking, state)
    assert CONSENT_ORDER.index(end) >= CONSENT_ORDER.index(state)


@examples(100)
@given(EVENTS)
def test_nothing_leads_back_from_erasure(events):
    assert reduce(follow, events, SubscriberState.ERASED) is SubscriberState.ERASED


@examples(100)
@given(IMPORTABLE, st.lists(IMPORTABLE, max_size=6))
def test_a_list_never_raises_and_repeating_it_changes_nothing(current, wanted):
    once = reduce(imported_state, wanted, current)
    assert once is current or has_less_consent(once, current)
    assert reduce(imported_state, wanted, once) is once


@examples(100)
@given(IMPORTABLE, IMPORTABLE)
def test_every_lowering_of_a_list_is_an_allowed_move(current, wanted):
    result = imported_state(current, wanted)
    if result is not current:
        assert advance(current, lowering_event(result)) is result


@examples(100)
@given(STATES | st.none(), STATES)
def test_a_list_says_something_about_every_pair(current, wanted):
    result = imported_state(current, wanted)
    assert (result is None) == (SubscriberState.ERASED in {current, wanted})
