"""How many letters are on their way to each domain, and which may be next."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Mapping

from pipeline.model.delivery import Claim


class DomainLimits:
    """The connections that are busy with each domain; `limits` may have `*` for every other one."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = limits
        self._busy: Counter[str] = Counter()
        self._freed = asyncio.Event()

    @property
    def are_limited(self) -> bool:
        """Whether any domain has a limit."""
        return bool(self._limits)

    def pick(self, claims: deque[Claim]) -> Claim | None:
        """Take the first claim whose domain has room; None when no domain has."""
        if not self._limits:
            return claims.popleft()
        for place, claim in enumerate(claims):
            domain = _domain(claim)
            limit = self._limits.get(domain) or self._limits.get("*")
            if not limit or self._busy[domain] < limit:
                del claims[place]
                return claim
        return None

    def begin(self, claim: Claim) -> None:
        """Note that a letter is on its way."""
        if self._limits:
            self._busy[_domain(claim)] += 1

    def end(self, claim: Claim) -> None:
        """Note that it has ended, whatever became of it."""
        if self._limits:
            self._busy[_domain(claim)] -= 1
            self._freed.set()

    async def wait(self) -> None:
        """Wait until a letter has ended."""
        self._freed.clear()
        await self._freed.wait()


def _domain(claim: Claim) -> str:
    return claim.email.rpartition("@")[2].lower()
