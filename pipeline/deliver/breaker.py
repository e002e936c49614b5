"""Stops a run that harms the sender's reputation or burns the list."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.deliver.model import FailureClass, Outcome, Verdict

SAMPLE = 200
"""Nothing is judged before so many answers: one angry server in ten proves nothing."""

LIMITS = {"policy": 0.05, "hard": 0.2, "unknown": 0.05}
"""The largest share of answers that each kind may have."""

_ADVICE = {
    "policy": "servers refuse the letter by policy: check SPF, DKIM, DMARC and the sender's reputation",
    "hard": "addresses do not exist: the list is old, or the relay refuses everybody",
    "unknown": "connections are lost after the letter was handed over: ask the relay's operator",
}


@dataclass(slots=True)
class Breaker:
    """Counts answers of one run; `tripped` says why the run should stop."""

    sample: int = SAMPLE
    answers: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))

    def note(self, outcome: Outcome) -> None:
        """Count one outcome; what never reached a server is no answer."""
        if outcome.verdict is Verdict.NOT_SENT:
            return
        self.answers += 1
        if outcome.verdict is Verdict.UNKNOWN:
            self.counts["unknown"] += 1
        elif outcome.failure is FailureClass.POLICY:
            self.counts["policy"] += 1
        elif outcome.failure is FailureClass.HARD:
            self.counts["hard"] += 1

    def tripped(self) -> str:
        """Say in a sentence why the run should stop; empty while it need not."""
        if self.answers < self.sample:
            return ""
        for kind, limit in LIMITS.items():
            count = self.counts[kind]
            if count > limit * self.answers:
                return f"{count} of {self.answers} answers are `{kind}` (limit {limit:.0%}): {_ADVICE[kind]}"
        return ""
