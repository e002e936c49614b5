"""What a refusal is held to mean, and against whom."""

from __future__ import annotations

import pytest

from pipeline.deliver.transport import Stage
from pipeline.deliver.transports.classify import classify
from pipeline.model.delivery import FailureClass, Verdict

F, V = FailureClass, Verdict


@pytest.mark.parametrize(
    ("stage", "code", "enhanced", "meaning"),
    [
        ("rcpt", 550, "5.1.1", (V.FAILED, F.HARD)),
        ("rcpt", 550, "5.1.10", (V.FAILED, F.HARD)),
        ("rcpt", 553, "5.1.3", (V.FAILED, F.HARD)),
        ("rcpt", 550, "5.2.1", (V.FAILED, F.HARD)),
        ("rcpt", 550, "", (V.FAILED, F.HARD)),
        ("rcpt", 551, "", (V.FAILED, F.HARD)),
        ("rcpt", 553, "", (V.FAILED, F.HARD)),
        ("dot", 550, "5.1.1", (V.FAILED, F.HARD)),
        # About the sender's address, though it begins with 5.1.
        ("rcpt", 550, "5.1.7", (V.FAILED, F.POLICY)),
        ("rcpt", 553, "5.1.8", (V.FAILED, F.POLICY)),
        ("rcpt", 550, "5.7.26", (V.FAILED, F.POLICY)),
        ("rcpt", 550, "5.7.515", (V.FAILED, F.POLICY)),
        ("rcpt", 554, "5.7.1", (V.FAILED, F.POLICY)),
        ("rcpt", 554, "", (V.FAILED, F.POLICY)),
        ("rcpt", 521, "", (V.FAILED, F.POLICY)),
        ("rcpt", 550, "5.4.1", (V.FAILED, F.POLICY)),
        ("data", 554, "5.5.1", (V.FAILED, F.POLICY)),
        ("data", 550, "5.1.1", (V.FAILED, F.POLICY)),
        ("dot", 550, "", (V.FAILED, F.POLICY)),
        ("dot", 554, "5.7.1", (V.FAILED, F.POLICY)),
        ("dot", 552, "5.7.0", (V.FAILED, F.POLICY)),
        ("rcpt", 552, "5.2.2", (V.DEFERRED, F.SOFT)),
        ("rcpt", 552, "", (V.DEFERRED, F.SOFT)),
        ("rcpt", 452, "", (V.DEFERRED, F.SOFT)),
        ("rcpt", 452, "4.2.2", (V.DEFERRED, F.SOFT)),
        ("dot", 552, "5.2.2", (V.DEFERRED, F.SOFT)),
        ("rcpt", 452, "4.3.1", (V.DEFERRED, F.NONE)),
        ("rcpt", 450, "4.2.0", (V.DEFERRED, F.NONE)),
        ("data", 451, "", (V.DEFERRED, F.NONE)),
        ("dot", 452, "", (V.DEFERRED, F.NONE)),
        ("dot", 421, "4.7.28", (V.DEFERRED, F.NONE)),
        ("dot", 552, "", (V.FAILED, F.CONTENT)),
        ("body", 552, "", (V.FAILED, F.CONTENT)),
        ("dot", 554, "5.3.4", (V.FAILED, F.CONTENT)),
        ("dot", 554, "5.6.0", (V.FAILED, F.CONTENT)),
        ("rcpt", 550, "5.6.7", (V.FAILED, F.ADDRESS)),
        # A code that contradicts its enhanced code counts, the enhanced code does not.
        ("rcpt", 450, "5.1.1", (V.DEFERRED, F.NONE)),
        ("rcpt", 550, "4.2.2", (V.FAILED, F.HARD)),
        ("dot", 250, "2.0.0", (V.SENT, F.NONE)),
        ("dot", 354, "", (V.UNKNOWN, F.NONE)),
        ("data", 250, "", (V.NOT_SENT, F.NONE)),
        ("body", 250, "", (V.NOT_SENT, F.NONE)),
    ],
)
def test_every_refusal_is_laid_at_the_right_door(stage, code, enhanced, meaning):
    assert classify(Stage(stage), code, enhanced) == meaning
