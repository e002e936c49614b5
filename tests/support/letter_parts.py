"""What whole letters are made of: the letterhead, a term, news, jobs and a tip of our own writing."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pipeline.issue.labels import Strings
from pipeline.model.content import Mistake, Tip
from pipeline.model.issue import (
    JobFacts,
    Link,
    NewsItem,
    StorySection,
    TermSection,
    TipSection,
)
from support.letterheads import make_letterhead

REPO = Path(__file__).resolve().parents[2]
TEMPLATES = REPO / "templates"
HEBREW = REPO / "tests" / "golden" / "templates"
"""A newsletter's own folder that holds the words of the letter in Hebrew."""


def _read_english() -> Strings:
    """Read the shipped words as `read_strings` does, without a template engine."""
    tables = tomllib.loads((TEMPLATES / "email" / "strings.en.toml").read_text("utf-8"))
    texts = {f"{table}.{key}": text for table, keys in tables.items() for key, text in keys.items()}
    return Strings(
        {key: text for key, text in texts.items() if isinstance(text, str)}, tuple(texts["dates.months"])
    )


ENGLISH = _read_english()

HEAD = make_letterhead(
    "Weekly Insights",
    tagline="One term, one tip and the week’s news for people who write prompts",
    reply_to="editor@news.example.org",
    postal_address="Lindenallee 12, 10115 Berlin, Germany",
    audience="prompt engineers",
)

TERM = TermSection(
    slug="query-rewriting",
    title="Query rewriting",
    full_name="",
    category="retrieval",
    difficulty=2,
    definition=(
        "Query rewriting turns what a user typed into what a search should look for: it adds what the "
        "conversation has already settled, drops what is noise, and splits a question that is really two."
    ),
    example=(
        "A customer has been asking about a standing desk. Then comes: *and does it fit the small one?*\n\n"
        "A search for those words finds nothing. Before the search, a small model gets the conversation and this:\n\n"
        "```text\nRewrite the last message as one search query that makes\n"
        "sense without the conversation. Keep names and numbers.\n"
        "Answer with the query alone, or with NONE if nothing has\nto be looked up.\n```\n\n"
        "It answers: `standing desk T2 cable tray compatible with 120 cm desktop`."
    ),
    why_it_matters=(
        "Search engines match words and meanings that are there; people leave out whatever they take for known. "
        "In a chat most questions lean on an earlier one, and a retrieval system that searches for the bare "
        "message answers confidently from the wrong page. Rewriting costs one short call and often lifts recall "
        "more than a better embedding model does. It also gives you a log of what was *meant*, which is far more "
        "useful for evaluation than what was typed."
    ),
    mistakes=(
        Mistake(
            "Rewriting every message, even “thanks!” and “try again in French”. Each of them turns into a search "
            "for something nobody asked, and its passages push the answer off course.",
            "Let the rewriter say that there is nothing to look up, and measure how often it should have. "
            "Keep the user’s own words beside the query, so that the answer is still to what they wrote.",
        ),
    ),
    career_relevance=(
        "Interviewers like to hand out a chat log in which the third question fails. Naming the missing context, "
        "and where in the pipeline you would restore it, shows that you have debugged a real system."
    ),
    related=(
        Link("RAG", "https://news.example.org/glossary/rag"),
        Link("Hybrid search"),
        Link("Reranking"),
        Link("Context engineering", "https://news.example.org/glossary/context-engineering"),
        Link("Evaluation"),
    ),
    because="Follows on from Hybrid search.",
    news=(
        Link(
            "A support desk halves its “no answer” rate by rewriting first (Lantern Blog)",
            "https://lantern.example.com/blog/rewriting-first",
        ),
    ),
)
TOOLS = StorySection(
    "tools",
    (
        NewsItem(
            "Tracewell 2 replays a whole agent run from its log",
            "https://tracewell.example.com/releases/2",
            "Tracewell",
            "Every model call, tool result and retry can be stepped through and re-run from any point with a "
            "changed prompt. The format of the log is documented, and an importer for OpenTelemetry spans is included.",
            4,
            (Link("Agent Notes", "https://agentnotes.example.net/tracewell-2"),),
        ),
        NewsItem(
            "Promptlint reads prompts in pull requests",
            "https://promptlint.example.org/hello",
            "Promptlint",
            "A linter that flags contradictory rules, examples that break their own format, and variables that "
            "nobody fills. It runs locally and in CI, and each rule can be switched off with a reason.",
            2,
        ),
        NewsItem(
            "A spreadsheet function that grades answers",
            "https://cells.example.com/grade",
            "Cells & Tokens",
            "GRADE(answer; rubric) calls a judge model once per row and keeps the verdict with its quotation, so "
            "that a product team can look over two hundred answers in an afternoon.",
        ),
    ),
)
TECHNIQUES = StorySection(
    "techniques",
    (
        NewsItem(
            "Ask for the evidence first: what changed in 1,200 graded answers",
            "https://papers.example.edu/evidence-first",
            "Applied NLP Reading Group",
            "Letting a judge quote the passages it relies on before it gives its verdict raised agreement with "
            "human graders from 71 to 83 percent. Most of the gain came from answers that were fluent and wrong.",
            9,
            (
                Link("Lantern Blog", "https://lantern.example.com/blog/evidence-first"),
                Link("The Eval Letter", "https://evals.example.net/17"),
            ),
        ),
        NewsItem(
            "Why our agent stopped at step nine",
            "https://ops.example.com/step-nine",
            "Operations Diary",
            "A post-mortem about a stopping rule that compared the plan with itself. The repair was to check the "
            "state of the world after each step, and to count only steps that changed it.",
            6,
        ),
        NewsItem(
            "Three ways to cut a tool’s answer, and what each one loses",
            "https://contexts.example.org/trimming",
            "Context Budget",
            "Truncating, summarising and paging are compared on the same forty tasks. Paging wins where the model "
            "may ask again; a summary is the most expensive way to lose the one number that was needed.",
            5,
        ),
    ),
)
CAREERS = StorySection(
    "careers",
    (
        NewsItem(
            "Prompt engineer, customer operations",
            "https://jobs.example.com/4711",
            "Remote Boards",
            job=JobFacts(
                "Hafenlicht Logistics",
                "Hamburg or remote in the EU",
                "€62,000 to €78,000",
                "mid-level",
                (Link("RAG", "https://news.example.org/glossary/rag"), Link("Evaluation"), Link("German")),
            ),
        ),
        NewsItem(
            "Senior applied AI engineer, evaluation",
            "https://jobs.example.com/4712",
            "Remote Boards",
            job=JobFacts(
                "Meridian Health Records",
                "Remote, UTC−5 to UTC+1",
                "$150,000 to $185,000",
                "senior",
                (Link("LLM-as-a-judge"), Link("Regression testing")),
            ),
        ),
        NewsItem(
            "Junior conversation designer",
            "https://careers.example.net/cd-junior",
            "Voice & Text Jobs",
            job=JobFacts("Tidewater Bank", "Halifax", "", "entry level", (Link("System prompt"),)),
        ),
    ),
    note="2 of this week’s 11 jobs ask for RAG.",
)
TIP = TipSection(
    Tip(
        slug="say-when-to-stop",
        title="Say what “done” looks like",
        body=(
            "An agent that is not told when it is done goes on until it runs out of steps, or stops at the first "
            "thing that looks like an answer. Give it a state of the world to check, a limit, and something to say "
            "when it reaches the limit. The check has to be one that a tool can answer, not the model’s own opinion."
        ),
        before="Fix the failing tests in this repository.",
        after=(
            "Make `make test` pass without changing any file below\n"
            "tests/.\n\n"
            "Done means: the command exits with 0, twice in a row.\n"
            "After 12 edits without that, stop and report:\n"
            "- which tests still fail\n"
            "- what you tried, one line each\n"
            "- what you would need to know"
        ),
    )
)
