"""A job as a file that has every key."""

from __future__ import annotations

GOOD = """\
---
title: Senior Prompt Engineer
company: Harbour Lights Ltd
place: Hamburg
remote: hybrid
url: https://harbour.example/careers
salary_min: 68000
salary_max: 82000.50
salary_currency: eur
salary_period: year
level: Senior
skills: [RAG, "C#"]
posted: 2026-11-23
expires: "2026-12-24"
first_seen: 2026-11-24T08:00:00Z
source: a board
id: "101"
extra: {scraped: "yes", rank: 3}
---

You own the **prompts** of our [assistant](https://example.org).

- And its tests.
"""

PATH = "content/jobs/a.md"
