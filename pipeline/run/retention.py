"""What a run forgets: data that nobody needs any longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.plurals import count_noun
from pipeline.run.reporter import Reporter

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter


def forget_old(newsletter: Newsletter, reporter: Reporter) -> None:
    """Forget sign-ups that nobody confirmed in time, in one bounded transaction."""
    from subscribers.store.retention import forget_unconfirmed, has_pending

    if not has_pending(newsletter.engine):
        return
    now = newsletter.clock.now()
    age = newsletter.settings.store.forget_unconfirmed
    if count := forget_unconfirmed(newsletter.engine, now - age, now):
        reporter.tell(
            f"{count_noun(count, 'sign-up')} older than {age.days} days, never confirmed: forgotten"
        )
