import pytest

from subscribers.errors import TransitionError
from subscribers.lifecycle import CONSENT_ORDER, TRANSITIONS, advance, imported_state
from subscribers.model import Event, SubscriberState

P, A, Z, U, B, C, X = (
    SubscriberState.PENDING,
    SubscriberState.ACTIVE,
    SubscriberState.PAUSED,
    SubscriberState.UNSUBSCRIBED,
    SubscriberState.BOUNCED,
    SubscriberState.COMPLAINED,
    SubscriberState.ERASED,
)


@pytest.mark.parametrize(
    ("states", "event", "to"),
    [
        ([P, U, B, C], Event.REQUESTED, P),
        ([P], Event.CONFIRM_MAILED, P),
        ([P], Event.CONFIRMED, A),
        ([], Event.IMPORTED, None),
        ([A], Event.PAUSED, Z),
        ([Z], Event.RESUMED, A),
        ([P, A, Z], Event.UNSUBSCRIBED_ONE_CLICK, U),
        ([P, A, Z], Event.UNSUBSCRIBED_PAGE, U),
        ([P, A, Z], Event.UNSUBSCRIBED_BY_HAND, U),
        ([P, A, Z, U], Event.BOUNCED, B),
        ([P, A, Z, U, B], Event.COMPLAINED, C),
        ([P, A, Z, U, B, C], Event.ERASED, X),
    ],
)
def test_each_event_is_allowed_exactly_where_the_chart_says(states, event, to):
    assert {
        state: TRANSITIONS[state, event] for state in SubscriberState if (state, event) in TRANSITIONS
    } == dict.fromkeys(states, to)


@pytest.mark.parametrize("state", [U, B, C, X])
def test_an_old_confirmation_link_brings_nobody_back_who_left(state):
    with pytest.raises(TransitionError) as caught:
        advance(state, Event.CONFIRMED)
    assert (caught.value.state, caught.value.event) == (state.word, "confirmed")


@pytest.mark.parametrize(
    ("current", "wanted", "result"),
    [
        (None, A, A),
        (None, U, U),
        (None, X, None),
        (A, A, A),
        (A, P, A),
        (A, U, U),
        (A, C, C),
        (Z, P, Z),
        (Z, A, Z),
        (P, A, P),
        (U, A, U),
        (U, P, U),
        (B, A, B),
        (C, B, C),
        (B, C, C),
        (X, A, None),
        (A, X, None),
    ],
)
def test_a_list_can_only_lower_consent(current, wanted, result):
    assert imported_state(current, wanted) is result


def test_every_state_has_one_place_in_the_order_of_consent():
    assert sorted(CONSENT_ORDER) == sorted(SubscriberState)
