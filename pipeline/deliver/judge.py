"""Compares the answers of one run: is the relay refusing everybody, or are some readers refused? Pure.

Until a letter is taken, refusals are held back, and readers they were given for are still owed a letter. Once
one is taken, what was held back counts for each reader; if enough are the same, the run stops instead.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.deliver.refusal import find_about
from pipeline.deliver.transport import Stage
from pipeline.model.delivery import About, AttemptOutcome, Claim, FailureClass, Verdict

EQUAL = 5
"""Equal refusals with nobody sent that stop a run: readers far apart in the list, so that two or three dead
addresses at its head do not."""

EQUAL_OF_SENDER = 3
"""Refusals that name the sender, the login or relaying need fewer; one may be of a reader's own server."""

NONE_TAKEN = 10
"""Refusals of any kind with nobody sent that stop a run: twice as many as equal ones, because different words
are more likely to be about readers; Postfix slows a connection down from the tenth error on (measured)."""

GREYLISTED = 3
"""Answers of a greylister after which all readers are named, so that each one's wait begins: one or two may
be of single readers' servers."""

STREAK = 10
"""Equal refusals in a row, in a run that has sent, after which readers elsewhere in the list are asked: a
quota in unknown words looks like that, and so do the readers of one old import. The same words from those
readers stop the run."""

STREAK_DOMAINS = 3
"""So many domains must be in such a row, or one that a letter was sent to; otherwise it is one server's, or
that of a company with two domains."""

NEAR = 2
"""Readers refused at the head of the list before others elsewhere are asked: one may be a dead address, and
two that were imported first are often of one company."""

MOST_HELD = 1000
"""Refusals held back in a run that has sent, some hundreds of bytes each; more are one domain's, and are
recorded to keep memory small."""

REFUSALS = (Verdict.FAILED, Verdict.DEFERRED)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one reader.

    `begun` is how many answers the judge had heard when the attempt began.
    """

    claim: Claim
    outcome: AttemptOutcome
    handed: bool = False
    begun: int = 0

    @property
    def about(self) -> About:
        """What the answer is about."""
        if self.outcome.verdict not in REFUSALS or self.outcome.failure is FailureClass.ADDRESS:
            return About.READER
        return find_outcome_about(self.outcome, handed=self.handed)

    @property
    def domain(self) -> str:
        """The domain of the reader's address."""
        return self.claim.email.rpartition("@")[2].casefold()

    @property
    def wording(self) -> str:
        """Codes and words without what differs from reader to reader: addresses, numbers, names of hosts."""
        local = re.escape(self.claim.email.rpartition("@")[0].casefold())
        words = self.outcome.detail.casefold().replace(self.domain, "<>")
        words = re.sub(rf"(?<![\w@]){local}(?![\w@])", "<>", words) if local else words
        shown = ("#" if any(char.isdigit() for char in word) else word for word in words.split())
        return f"{self.outcome.code} {self.outcome.enhanced} {' '.join(shown)}"

    @property
    def words(self) -> str:
        """The answer as it is shown."""
        return " ".join(part for part in (str(self.outcome.code or ""), self.outcome.detail) if part)

    @property
    def is_permanent(self) -> bool:
        """Whether the refusal was a definite no."""
        return self.outcome.verdict is Verdict.FAILED


def find_outcome_about(outcome: AttemptOutcome, *, handed: bool) -> About:
    """Return what a refusal is about; for transports that do not say it, by its words."""
    if outcome.about is not About.UNCLEAR:
        return outcome.about
    stage = Stage.DOT if handed else Stage.RCPT
    return find_about(stage, outcome.code, outcome.enhanced, outcome.detail)


@dataclass(slots=True)
class Judge:
    """The judge of one run.

    `has_sent` is whether most of the issue was taken in earlier runs, so that what is left are readers with
    problems; `last_refusal` is the wording that stopped the last run: hearing it again is enough.
    """

    has_sent: bool = False
    last_refusal: str = ""
    connections: int = 1
    is_proven: bool = False
    """Whether the relay has taken a letter in this run."""
    greylisted: int = 0
    heard: int = 0
    """How many answers were heard."""
    held: list[Answer] = field(default_factory=list)
    stopped_by: Answer | None = None
    """The refusal because of which the run must stop."""
    _heard_at: list[int] = field(default_factory=list)
    _wordings: list[str] = field(default_factory=list)
    _sent_domains: set[str] = field(default_factory=set)
    _streak: int = 0

    @property
    def is_open(self) -> bool:
        """Whether all readers may be tried, and not only a few."""
        return self.is_proven or self.greylisted >= GREYLISTED

    @property
    def wants_others(self) -> bool:
        """Whether the next readers should be from elsewhere in the list."""
        if self.is_proven:
            return self._streak >= STREAK
        # A permanent refusal may have been the first reader's own. After a "try later" the same reader comes
        # first again: a greylister takes letters only for those whom it knows.
        return len(self.held) >= NEAR or (self.last_refusal.startswith("5") and not self.held)

    @property
    def is_patience_used(self) -> bool:
        """Whether a "try later" counts against a reader: not while the relay has taken nobody's letter."""
        return self.has_sent or self.is_proven

    def hear(self, answer: Answer) -> Sequence[Answer]:
        """Take an answer; return those that count now, in order. What is not returned is in `held`."""
        self.heard += 1
        if answer.outcome.verdict is Verdict.SENT:
            self.is_proven = True
            if len(self._sent_domains) < MOST_HELD:
                self._sent_domains.add(answer.domain)
            # A slow yes to a letter that was begun before the others were refused says nothing about them.
            return (*self._release(answer.begun), answer) if self.held else (answer,)
        self.greylisted += answer.about is About.GREYLIST
        if not self._is_evidence(answer):
            return (answer,)
        self.held.append(answer)
        self._heard_at.append(self.heard)
        self._wordings.append(answer.wording)
        if self._is_pattern():
            self.stopped_by = answer
        return self._release() if self.is_proven and len(self.held) > MOST_HELD else ()

    def end(self) -> Sequence[Answer]:
        """Judge what is held when everybody was tried; return the answers that count."""
        if self.is_proven or not self.held or self.stopped_by:
            return () if self.stopped_by else self._release()
        of_sender = [answer for answer in self.held if answer.about is About.SENDER]
        wordings = set(self._wordings)
        if of_sender:
            self.stopped_by = of_sender[0]
            return ()
        if self.has_sent:
            return self._release()
        if len(self.held) >= EQUAL_OF_SENDER and len(wordings) == 1:
            self.stopped_by = self.held[0]
            return ()
        held = self._release()
        unclear = [answer for answer in held if answer.about is About.UNCLEAR]
        self.held.extend(unclear)
        self.stopped_by = unclear[0] if unclear else None
        return [answer for answer in held if answer.about is not About.UNCLEAR]

    def is_holding(self, answer: Answer) -> bool:
        """Return whether the answer that was heard last is held back."""
        return bool(self.held) and self.held[-1] is answer

    def take_held(self) -> Sequence[Answer]:
        """Release what is held, to queue its readers again."""
        return self._release()

    def _release(self, until: int | None = None) -> Sequence[Answer]:
        """Release what was held when that many answers had been heard, or all of it."""
        count = len(self.held) if until is None else bisect_right(self._heard_at, until)
        released = self.held[:count]
        for column in (self.held, self._heard_at, self._wordings):
            del column[:count]
        self._streak = min(self._streak, len(self.held))
        return released

    def _is_evidence(self, answer: Answer) -> bool:
        about = answer.about
        if about is About.SENDER:
            return True
        if about is About.GREYLIST or answer.outcome.failure is FailureClass.ADDRESS:
            return False
        if self.is_proven:
            # A greylister that says nothing of it puts off one after the other: each waits for itself.
            return about is About.UNCLEAR and answer.is_permanent
        # A reader who was put off before, while others were sent, says nothing about the relay.
        return not self.has_sent or answer.claim.attempts == 1

    def _is_pattern(self) -> bool:
        wording = self._wordings[-1]
        equal = self._wordings.count(wording)
        if self.is_proven:
            self._streak = equal if equal >= STREAK and self._is_wide(wording) else 0
            # Those that were on their way when the others were asked for, and as many again.
            return self._streak >= STREAK + 2 * self.connections
        if wording == self.last_refusal or len(self.held) >= NONE_TAKEN or equal >= EQUAL:
            return True
        return sum(held.about is About.SENDER for held in self.held) >= EQUAL_OF_SENDER

    def _is_wide(self, wording: str) -> bool:
        """Return whether equal refusals are of several servers, or of one that a letter was sent to."""
        pairs = zip(self.held, self._wordings, strict=True)
        domains = {held.domain for held, other in pairs if other == wording}
        return len(domains) >= STREAK_DOMAINS or bool(domains & self._sent_domains)


def explain(judge: Judge) -> str:
    """Return why a run stopped, in a sentence with the server's words; empty if it need not."""
    answer = judge.stopped_by
    if answer is None:
        return ""
    count = len(judge.held)
    whom = "the first reader" if count == 1 else f"{count} readers in a row"
    kind = "refuses" if answer.is_permanent else "puts off"
    if judge.is_proven:
        return f"the relay {kind} {whom} in the same words: {answer.words}"
    return f"the relay {kind} {whom} and has taken no letter: {answer.words}"
