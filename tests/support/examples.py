"""How many examples a property is tried on: `@examples(100)` above a test, by the profile of WEEKLY_EXAMPLES.

`fast` (`make test`): a few, the same ones every time, so that a change is judged by itself.
`full` (`make test-long`): as many as the test asks for, the same ones every time.
`new` (`make fuzz`): as many as the test asks for, different ones every time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

PROFILE = os.environ.get("WEEKLY_EXAMPLES", "fast")
MOST = {"fast": 8, "full": 100, "new": 100}
"""The examples of a test that asks for no number."""

for _name, _most in MOST.items():
    # How fast a machine makes examples is not a property of the program: no deadline, and no check of speed.
    settings.register_profile(
        _name,
        max_examples=_most,
        deadline=None,
        derandomize=_name != "new",
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile(PROFILE)

if PROFILE == "fast":
    # Otherwise constants of the program are among the examples, and which ones depends on what is imported:
    # on the order of the tests.
    providers._get_local_constants = lambda: providers._local_constants


def examples(most: int, **more: object) -> settings:
    """Settings for a test that wants `most` examples where there is time for them."""
    return settings(max_examples=min(most, MOST["fast"]) if PROFILE == "fast" else most, **more)
