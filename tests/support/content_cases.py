"""Content that no rule objects to, and for every rule of content a mistake and a near miss."""

from __future__ import annotations

TERM = """---
title: RAG
slug: rag
category: retrieval
difficulty: 2
aliases: [grounding]
related: [token]
prerequisites: [token]
seasons: [{start: 11-15, end: 01-06}]
---
RAG searches first.

## Example
An example.

## Why It Matters
It does.

## How It Works
Somehow.

## Common Mistakes
- One mistake.
  **Fix:** One fix.

## Career Relevance
Asked for.
"""

TIP = """---
title: Quote first
slug: quote-first
terms: [rag]
---
Ask for the quote first.

## Before
```
Answer: {question}
```
"""

TOKEN = TERM.replace("RAG", "Token").replace("rag", "token").replace("grounding", "piece")
TOKEN = TOKEN.replace("[token]", "[rag]", 1).replace("prerequisites: [token]", "prerequisites: []")

RAG_PATH = "content/glossary/rag.md"
TOKEN_PATH = "content/glossary/token.md"
TIP_PATH = "content/tips/quote-first.md"
FILES = {RAG_PATH: TERM, TOKEN_PATH: TOKEN, TIP_PATH: TIP}

BROKEN = [
    # rule, file, text in it, text instead, line of the problem
    ("control-character", RAG_PATH, "An example.", "An\x08 example.", 14),
    ("control-character", RAG_PATH, "title: RAG", 'title: "R\\u202eAG"', 2),
    ("bidi-character", RAG_PATH, "It does.", "It \u202edoes.", 17),
    ("front-matter-missing", RAG_PATH, "---\ntitle", "title", 1),
    ("front-matter-unclosed", RAG_PATH, "---\nRAG", "RAG", 1),
    ("front-matter-syntax", RAG_PATH, "category: retrieval", 'category: "retrieval', 4),
    ("front-matter-syntax", RAG_PATH, "category: retrieval", "category: a: b", 4),
    ("front-matter-syntax", RAG_PATH, "aliases: [grounding]", "aliases: " + "[" * 500, 2),
    ("key-duplicate", RAG_PATH, "difficulty: 2", "difficulty: 2\nslug: other", 6),
    ("key-unknown", RAG_PATH, "aliases:", "alias:", 6),
    ("key-missing", RAG_PATH, "category: retrieval\n", "", 1),
    ("key-missing", RAG_PATH, "category: retrieval", "category:", 4),
    ("key-missing", RAG_PATH, "aliases: [grounding]", 'aliases:\n- ""', 7),
    ("key-type", RAG_PATH, "title: RAG", "title: 2026-11-24", 2),
    ("key-type", RAG_PATH, "title: RAG", "title: yes", 2),
    ("key-type", RAG_PATH, "category: retrieval", "category: [a]", 4),
    ("key-type", RAG_PATH, "aliases: [grounding]", "aliases:\n- grounding\n- 12", 8),
    ("key-type", RAG_PATH, "aliases: [grounding]", "aliases: grounding", 6),
    ("key-type", RAG_PATH, "aliases: [grounding]", "extra: [a, b]", 6),
    ("key-type", RAG_PATH, "aliases: [grounding]", "extra:\n- a\n- b", 7),
    ("key-type", RAG_PATH, "aliases: [grounding]", "without:\n- Example\n- Source", 8),
    ("key-type", RAG_PATH, "aliases: [grounding]", "without: [Source]", 6),
    ("key-type", RAG_PATH, "aliases: [grounding]", "faqs:\n- Why so?", 7),
    ("key-type", RAG_PATH, "title: RAG", "title:\n- RAG\n- Rag", 3),
    ("key-repeat", RAG_PATH, "related: [token]", "related: [token, token]", 7),
    ("key-repeat", RAG_PATH, "related: [token]", "related:\n- token\n- token", 9),
    ("slug-form", RAG_PATH, "slug: rag", "slug: Rag", 3),
    ("slug-file-name", RAG_PATH, "slug: rag", "slug: ragg", 3),
    ("difficulty-range", RAG_PATH, "difficulty: 2", "difficulty: 4", 5),
    ("difficulty-range", RAG_PATH, "difficulty: 2", "difficulty: true", 5),
    ("difficulty-range", RAG_PATH, "difficulty: 2\n", "", 1),
    ("season-form", RAG_PATH, "end: 01-06", "end: 02-30", 9),
    ("season-form", RAG_PATH, "end: 01-06", "ends: 01-06", 9),
    ("season-form", RAG_PATH, "seasons: [{start: 11-15, end: 01-06}]", "seasons: [winter]", 9),
    ("season-form", RAG_PATH, "seasons: [{start: 11-15, end: 01-06}]", "seasons:\n- winter", 10),
    ("text-missing", RAG_PATH, "RAG searches first.\n", "", 11),
    ("heading-level", RAG_PATH, "RAG searches", "# RAG\n\nRAG searches", 11),
    ("comment-unclosed", RAG_PATH, "Asked for.", "Asked for.\n<!-- for", 28),
    ("fence-unclosed", RAG_PATH, "Asked for.", "Asked for.\n\n```text\nAsked", 29),
    ("fence-unclosed", RAG_PATH, "Asked for.", "Asked for.\n\n````\nAsked\n```", 29),
    ("section-missing", RAG_PATH, "## Career Relevance\nAsked for.\n", "", 0),
    ("section-duplicate", RAG_PATH, "Asked for.", "Asked for.\n\n## Example\nAgain.", 29),
    ("section-unknown", RAG_PATH, "Asked for.", "Asked for.\n\n## Career\nAgain.", 29),
    ("section-empty", RAG_PATH, "Asked for.\n", "", 26),
    ("mistakes-not-list", RAG_PATH, "- One mistake.", "Two of them:\n\n- One mistake.", 23),
    ("mistake-no-fix", RAG_PATH, "  **Fix:** One fix.", "\n- Two.\n  **Fix:** Two fixes.", 23),
    ("mistake-empty", RAG_PATH, "**Fix:** One fix.", "**Fix:**", 23),
    ("mistake-empty", RAG_PATH, "- One mistake.\n  **Fix:**", "- **Fix:**", 23),
    ("tip-block", TIP_PATH, "Answer: {question}\n```", "Answer\n```\nThat is all.", 9),
    ("tip-block", TIP_PATH, "```\nAnswer: {question}\n```", "Answer", 9),
    ("name-duplicate", TOKEN_PATH, "title: Token", "title: Grounding", 2),
    ("name-duplicate", TOKEN_PATH, "aliases: [piece]", "aliases: [piece, rag]", 6),
    ("related-unknown", RAG_PATH, "related: [token]", "related: [tokens]", 7),
    ("prerequisite-unknown", RAG_PATH, "prerequisites: [token]", "prerequisites: [tokens]", 8),
    ("tip-term-unknown", TIP_PATH, "terms: [rag]", "terms: [raft]", 4),
    ("relation-self", RAG_PATH, "related: [token]", "related: [token, rag]", 7),
    ("relation-self", RAG_PATH, "prerequisites: [token]", "prerequisites: [rag]", 8),
    ("prerequisite-cycle", TOKEN_PATH, "prerequisites: []", "prerequisites: [rag]", 8),
]
"""Mistakes that a run looks for. `prerequisite-cycle` is told at the first slug of the circle, in rag.md."""

WHY = "\n\n## Why It Matters\n"
STYLE = [
    ("relation-one-way", TOKEN_PATH, "related: [rag]", "related: []", 7),
    ("definition-length", RAG_PATH, "RAG searches first.", "word " * 71, 11),
    ("tip-length", TIP_PATH, "Ask for the quote first.", "word " * 121, 6),
    ("how-it-works-length", RAG_PATH, "Somehow.", "word " * 351, 19),
    ("section-cut", RAG_PATH, "An example.", "word " * 181, 13),
    ("section-cut", RAG_PATH, "It does.", "word " * 141, 16),
    ("section-cut", RAG_PATH, "Asked for.", "word " * 121, 26),
    ("category-case", TOKEN_PATH, "category: retrieval", "category: Retrieval", 4),
    ("mistakes-number", RAG_PATH, "- One mistake.\n  **Fix:** One fix.", "- Oh.\n  **Fix:** Yes.\n" * 4, 22),
    ("acronym-undefined", RAG_PATH, "It does.", "It is how\nXSS begins.", 18),
    ("acronym-undefined", RAG_PATH, "It does.", "Two LLMs (both large) do.", 17),
    ("acronym-undefined", RAG_PATH, "It does.", "An LLM does, a large language model (LLM).", 17),
    ("acronym-undefined", TIP_PATH, "Ask for the", "Tell the LLM (in French) to give the", 6),
    ("hype", RAG_PATH, "It does.", "A Game-Changing thing.", 17),
    ("hype", RAG_PATH, "It does.", "You unlock\nthe power of it.", 17),
    ("hype", RAG_PATH, "title: RAG", "title: Seamless RAG", 2),
    ("weasel", RAG_PATH, "One mistake.", "Studies show a mistake.", 23),
    ("weasel", TIP_PATH, "Ask for", "Basically, ask for", 6),
    ("stale-year", RAG_PATH, "It does.", "It began in 2017.", 17),
    ("stale-year", RAG_PATH, "It does.", "It was known (since the 1990s).", 17),
    ("stale-year", RAG_PATH, "It does.", "On 2026-03-01 it did.", 17),
    ("stale-price", RAG_PATH, "It does.", "It costs $5.00 a call.", 17),
    ("stale-price", RAG_PATH, "It does.", "It takes 20 euros.", 17),
    ("stale-price", RAG_PATH, "It does.", "It takes EUR 1,000.", 17),
    ("stale-price", RAG_PATH, "Asked for.", "People earn 120k a year.", 27),
    ("stale-price", RAG_PATH, "An example.", "A million tokens cost £3.", 14),
    ("stale-now", RAG_PATH, "It does.", "The latest models do.", 17),
    ("stale-now", RAG_PATH, "It does.", "It is the state of the art.", 17),
    ("stale-now", RAG_PATH, "It does.", "As of today it does.", 17),
    ("stale-now", RAG_PATH, "It does.", "Currently it does.", 17),
    ("stale-now", RAG_PATH, "It does.", "At the moment it does.", 17),
    ("stale-model", RAG_PATH, "It does.", "GPT-4o does.", 17),
    ("stale-model", RAG_PATH, "It does.", "Claude 3.5 does.", 17),
    ("stale-model", RAG_PATH, "It does.", "Llama 2 does.", 17),
    ("stale-model", RAG_PATH, "It does.", "Claude Opus 4 does.", 17),
    ("term-alike", TOKEN_PATH, "aliases: [piece]", "aliases: [Rags]", 6),
    ("link-http", RAG_PATH, "It does.", "It [does](http://example.org/a).", 17),
    ("link-http", RAG_PATH, "aliases:", 'sources: ["A paper, http://example.org"]\naliases:', 6),
    ("markup-table", RAG_PATH, "It does.", "| a | b |\n|---|---|\n| 1 | 2 |", 18),
    ("markup-image", RAG_PATH, "It does.", "![A curve](https://example.org/a.png)", 17),
    ("markup-html", RAG_PATH, "It does.", "It <b>does</b>.", 17),
    ("markup-extension", RAG_PATH, "It does.", "It does.[^1]", 17),
    ("markup-extension", RAG_PATH, "It does.", "- [x] It does.", 17),
    ("markup-extension", RAG_PATH, "It does.", "It ~~did~~ does.", 17),
    ("markup-extension", RAG_PATH, "It does.", "It is $$x^2$$.", 17),
    ("markup-heading", RAG_PATH, "It does.", "It does.\n\n#### More\nYes.", 19),
    ("markup-heading", RAG_PATH, "It does.", "It does.\n\n##More\nYes.", 19),
    ("markup-list-depth", RAG_PATH, "It does.", "- a\n  - b\n    - c", 19),
    (
        "markup-reference",
        RAG_PATH,
        f"An example.{WHY}",
        f"An [example][a].{WHY}[a]: https://example.org\n\n",
        14,
    ),
    ("markup-link", RAG_PATH, "It does.", "It [does](/glossary/token).", 17),
]
"""Matters of style, as `BROKEN`; line of the problem, which is rag.md's for `relation-one-way`."""

NEAR = [
    # rule, file, text in it, text instead: no rule at all may object
    ("control-character", RAG_PATH, "An example.", "An\texample, naïve – “so”."),
    ("bidi-character", RAG_PATH, "It does.", "It \u200fdoes."),
    ("front-matter-missing", RAG_PATH, "---\ntitle", "---  \ntitle"),
    ("front-matter-unclosed", RAG_PATH, "---\nRAG", "---\t\n\nRAG"),
    ("front-matter-syntax", RAG_PATH, "category: retrieval", 'category: "a: b"'),
    ("key-duplicate", RAG_PATH, "difficulty: 2", "difficulty: 2  # slug: other"),
    ("key-unknown", RAG_PATH, "aliases:", "full_name: Retrieval\naliases:"),
    ("key-missing", RAG_PATH, "aliases: [grounding]", "aliases:"),
    ("key-type", RAG_PATH, "category: retrieval", 'category: "2026"'),
    ("key-repeat", RAG_PATH, "aliases: [grounding]", "aliases: [grounding, ground]"),
    ("slug-form", RAG_PATH, "slug: rag", 'slug: "rag"'),
    ("slug-file-name", RAG_PATH, "slug: rag", "slug: rag  # as the file"),
    ("difficulty-range", RAG_PATH, "difficulty: 2", "difficulty: 3"),
    ("season-form", RAG_PATH, "end: 01-06", "end: 02-29"),
    ("text-missing", RAG_PATH, "RAG searches first.\n", "\n\n\nRAG\n"),
    ("heading-level", RAG_PATH, "Somehow.", "```\n# not a heading\n```"),
    ("comment-unclosed", RAG_PATH, "Asked for.", "Asked for, `<!-- for`.<!-- ask -->"),
    ("fence-unclosed", RAG_PATH, "Asked for.", "Asked for.\n\n````\n```\n````"),
    ("section-missing", RAG_PATH, "## Career Relevance", "## career relevance"),
    ("section-duplicate", RAG_PATH, "Asked for.", "Asked for.\n\n### Example\nAgain."),
    ("section-unknown", RAG_PATH, "Asked for.", "Asked for.\n\n### Career\nAgain."),
    ("section-empty", RAG_PATH, "Asked for.\n", "\n\nAsked for.\n"),
    ("mistakes-not-list", RAG_PATH, "- One mistake.", "* One\n  mistake."),
    ("mistake-no-fix", RAG_PATH, "**Fix:** One", "**fix**: One"),
    ("mistake-empty", RAG_PATH, "**Fix:** One fix.", "**Fix:**\n  One fix."),
    ("tip-block", TIP_PATH, "```\nAnswer", "~~~text\nAnswer ```\n~~~\n\n## After\n```\nAnswer"),
    ("name-duplicate", TOKEN_PATH, "aliases: [piece]", "aliases: [piece, ragged]"),
    ("related-unknown", RAG_PATH, "related: [token]", "related: [  token ]"),
    ("prerequisite-unknown", RAG_PATH, "prerequisites: [token]", "prerequisites:\n- token"),
    ("tip-term-unknown", TIP_PATH, "terms: [rag]", "terms: [rag, token]"),
    ("relation-self", RAG_PATH, "aliases: [grounding]", "aliases: [to rag]"),
    ("prerequisite-cycle", RAG_PATH, "prerequisites: [token]", "prerequisites: []"),
    ("relation-one-way", TOKEN_PATH, "related: [rag]", "related: ['rag']"),
    ("definition-length", RAG_PATH, "RAG searches first.", "[word](https://example.org/a) " * 70),
    ("tip-length", TIP_PATH, "Ask for the quote first.", "*word*\n" * 120),
    ("how-it-works-length", RAG_PATH, "Somehow.", "word " * 350),
    ("mistakes-number", RAG_PATH, "- One mistake.\n  **Fix:** One fix.", "- Oh.\n  **Fix:** Yes.\n" * 3),
    ("acronym-undefined", RAG_PATH, "It does.", "Cross-site scripting (XSS) does; XSS is old."),
    ("acronym-undefined", RAG_PATH, "It does.", "An LLM (large language model) does; LLMs do."),
    ("acronym-undefined", RAG_PATH, "It does.", "A **large language model (LLM)** does."),
    ("acronym-undefined", RAG_PATH, "It does.", "DPO, short for something long, does."),
    ("acronym-undefined", RAG_PATH, "It does.", "RAG calls an API on the CPU: `LLM` and\n\n```\nLLM\n```"),
    ("acronym-undefined", RAG_PATH, "It does.", "Part II, chapter XIV, type AA, NOT order ORD-17 of HB-3."),
    ("acronym-undefined", RAG_PATH, "It does.", "PAY ATTENTION TO [this](https://example.org/XSS)."),
    ("hype", RAG_PATH, "It does.", "The game is changing; powered by the unlocked `seamless` door."),
    ("hype", TIP_PATH, "Answer: {question}", "Write an amazing, cutting-edge text about {x}"),
    ("hype", RAG_PATH, "It does.", 'A prompt such as "write an amazing\ntext" does.'),
    ("weasel", RAG_PATH, "It does.", "Every study shows that one delivery is basic."),
    ("weasel", TIP_PATH, "Answer: {question}", "Be very careful"),
    ("stale-year", RAG_PATH, "It does.", "Of 2000 tokens, 1,998 and 2048-dimension 2,026 do; No. #2017."),
    ("stale-year", RAG_PATH, "aliases:", 'sources: ["A paper of 2017"]\naliases:'),
    ("stale-year", RAG_PATH, "It does.", "`since = 2017`"),
    ("stale-price", RAG_PATH, "It does.", "It costs 5 tokens, 3 pounds of flour and a $HOME."),
    ("stale-price", RAG_PATH, "An example.", "Socks cost 3 euros a pair."),
    ("stale-now", RAG_PATH, "It does.", "The latest message wins, the newest token too, a matter of taste."),
    ("stale-now", RAG_PATH, "It does.", "It has a state of its own at the moment of reading."),
    (
        "stale-model",
        RAG_PATH,
        "It does.",
        "A llama, Claude Shannon, the Gemini twins and 2 GPTs (generative things) do.",
    ),
    ("term-alike", TOKEN_PATH, "aliases: [piece]", "aliases: [raggedness]"),
    ("link-http", RAG_PATH, "It does.", "`http://a.org` at [home](http://localhost:80) or https://a.org."),
    ("link-http", RAG_PATH, "aliases:", "extra: {home: http://example.org}\naliases:"),
    ("link-http", TIP_PATH, "Answer: {question}", "Fetch http://example.org/x"),
    ("markup-table", RAG_PATH, "It does.", "```\n| a | b |\n|---|---|\n```\n\na | b - c"),
    ("markup-image", RAG_PATH, "It does.", "Wow! [A curve](https://example.org/a) and `![a](b)`."),
    ("markup-html", RAG_PATH, "It does.", "If 1 < b and b > 0, `<b>` in <https://example.org> and <name>."),
    ("markup-extension", RAG_PATH, "It does.", "It \\[^1\\] takes ~2 of a[1] and $x."),
    ("markup-heading", RAG_PATH, "It does.", "It does.\n\n### More\nYes, #### too, #tag and ##."),
    ("markup-heading", RAG_PATH, "It does.", "```\n##More\n```"),
    ("section-cut", RAG_PATH, "An example.", "word " * 180),
    ("section-cut", RAG_PATH, "It does.", "**word** " * 140),
    ("category-case", TOKEN_PATH, "category: retrieval", "category: Retrieval of pages"),
    ("markup-list-depth", RAG_PATH, "It does.", "- a\n  - b\n\n    more of b"),
    ("markup-reference", RAG_PATH, "It does.", "It [does][a] [so].\n\n[a]: https://example.org"),
    (
        "markup-link",
        RAG_PATH,
        "It does.",
        "[a](https://example.org), [b](mailto:a@example.org) and `[c](d)`.",
    ),
]
"""Close to a mistake, and none."""

JOB_PATH = "content/jobs/any-name.md"
JOB = """---
title: Prompt Engineer
company: Acme
url: https://a.example/jobs
remote: hybrid
salary_min: 55000
salary_max: 70000
salary_currency: EUR
salary_period: year
posted: 2026-11-20
---
"""
JOBS = [
    # rule, text in the job's file, text instead, line of the problem
    ("job-date", "posted: 2026-11-20\n", "", 1),
    ("job-date", "posted: 2026-11-20", "posted: 20 November", 10),
    ("job-link", "https://a.example/jobs", "a.example/jobs", 4),
    ("job-link", "https://a.example/jobs", "program:run", 4),
    ("job-salary", "salary_currency: EUR\n", "", 6),
    ("job-salary", "salary_min: 55000", "salary_min: 75000", 6),
    ("job-value", "remote: hybrid", "remote: at times", 5),
]

SHORT = "The reviewer reads it. Nobody else may. It is sent at noon."
LONG = "The reviewer reads every answer twice before it is sent to anybody."
SECOND_TIP = TIP.replace("quote-first", "second").replace("Quote first", "Second")

ALIKE = [
    # rule, files instead or besides, place of the problem
    (
        "term-alike",
        {
            RAG_PATH: TERM.replace("RAG searches first.", SHORT),
            TOKEN_PATH: TOKEN.replace("Token searches first.", SHORT.replace("noon", "once")),
        },
        (TOKEN_PATH, 11),
    ),
    (
        "tip-alike",
        {
            TIP_PATH: TIP.replace("Ask for the quote first.", SHORT),
            "content/tips/second.md": SECOND_TIP.replace("Ask for the quote first.", SHORT.replace(".", "!")),
        },
        ("content/tips/second.md", 6),
    ),
    (
        "sentence-repeat",
        {
            RAG_PATH: TERM.replace("It does.", f"So.\n{LONG}"),
            TIP_PATH: TIP.replace("Ask for", f"Look.\n{LONG.replace('twice', 'once')}\nAsk for"),
        },
        (TIP_PATH, 7),
    ),
]
"""What only shows between two files."""

UNLIKE = [
    # rule, files instead or besides: no rule at all may object
    (
        "term-alike",
        {
            RAG_PATH: TERM.replace("RAG searches first.", SHORT),
            TOKEN_PATH: TOKEN.replace(
                "Token searches first.", "It is sent at noon. Whoever reads may be no reviewer."
            ),
        },
    ),
    (
        "tip-alike",
        {"content/tips/second.md": SECOND_TIP.replace("Ask for the quote first.", "Ask for a source.")},
    ),
    (
        "sentence-repeat",
        {
            RAG_PATH: TERM.replace("It does.", f"{LONG}\n{LONG}"),
            TIP_PATH: TIP.replace("Ask for", f"The reviewer reads every answer of the day. `{LONG}` Ask for"),
        },
    ),
    (
        "slug-duplicate",
        {
            "content/tips/rag.md": SECOND_TIP.replace("second", "rag").replace(
                "Ask for the quote", "Tell nobody"
            )
        },
    ),
    ("folder-missing", {"content/tips/README.md": "About tips."}),
    ("file-unreadable", {"content/glossary/_draft.md": b"\xff"}),
    (
        "file-encoding",
        {RAG_PATH: TERM.replace("An example.", "Café").replace("\n", "\r\n").encode("utf-8-sig")},
    ),
    ("job-date", {JOB_PATH: JOB.replace("posted: 2026-11-20", "first_seen: 2026-11-20T08:00:00Z")}),
    ("job-link", {JOB_PATH: JOB.replace("https://a.example/jobs", '"http://a.example/#/jobs?id=1"')}),
    ("job-salary", {JOB_PATH: JOB.replace("salary_max: 70000\n", "")}),
    ("job-value", {JOB_PATH: JOB.replace("remote: hybrid", "remote: on-site")}),
]
