"""A letter that keeps every rule, and ways to make others from it that break one."""

from __future__ import annotations

from dataclasses import replace

from pipeline.model.content import Tip
from pipeline.model.issue import Issue, Link, TermSection, TipSection
from pipeline.model.rendered import PersonalSlot, Rendered
from support.letterheads import make_letterhead

NAME, LEAVE = "zq0123456789abqz", "zqba9876543210qz"
HEAD = make_letterhead("Example Weekly", postal_address="Example Street 1\n10115 Berlin")
HTML = f"""<!DOCTYPE html><html lang="en" dir="ltr" xmlns:o="o"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>Ask for steps · Example Weekly</title>
<!--[if mso]><xml><o:PixelsPerInch>96</o:PixelsPerInch></xml><![endif]-->
<style>p {{ margin: 0 }}
@media (prefers-color-scheme: dark) {{ .page {{ background-color: #101010 !important; color: #eeeeee }}
.page a {{ color: #f0a67f }} }}</style></head><body>
<div style="display:none">What waits inside, in forty letters or more.</div>
<div role="article" lang="en" dir="ltr" aria-label="Ask for steps · Example Weekly" class="page"
 style="background-color:#ffffff;font-size:16px;line-height:1.5">
<!--[if mso | IE]><table role="presentation"><tr><td><![endif]-->
<h1>Example Weekly</h1><p>Hi {NAME},</p><h2>Ask for steps</h2>
<p>Prompts say <code>{{{{name}}}} {{% if %}} *|FNAME|*</code> and {{{{ topic }}}}. Python says None here.</p>
<pre>None
undefined</pre>
<p>Read <a href="https://example.org/a?b=1&amp;c=2">the long version</a>.</p>
<img src="https://news.example.org/a.png" alt="" width="20">
<p><a href="https://news.example.org">Join us</a></p>
<p><a href="{LEAVE}">Unsubscribe</a></p><p>Example Street 1<br>10115 Berlin</p>
<!--[if mso | IE]></td></tr></table><![endif]-->
</div></body></html>
"""
TEXT = f"""EXAMPLE WEEKLY

Hi {NAME},

Ask for steps
Prompts say {{{{name}}}} {{% if %}} *|FNAME|* and {{{{ topic }}}}.
Python says None here.

    None
    undefined

Read the long version: https://example.org/a?b=1&c=2

Join us: https://news.example.org
Unsubscribe: {LEAVE}

Example Street 1
10115 Berlin
"""
GOOD = Rendered(
    week="2026-W48",
    number=1,
    subject="Ask for steps, not for answers",
    preheader="What waits inside, in forty letters or more.",
    html=HTML,
    text=TEXT,
    slots={NAME: PersonalSlot.NAME, LEAVE: PersonalSlot.UNSUBSCRIBE_URL},
)
LINK = '<a href="https://news.example.org">Join us</a>'
IMAGE = '<img src="https://news.example.org/a.png" alt="" width="20">'

TERM = TermSection(
    slug="chain-of-thought",
    title="Chain of thought",
    full_name="",
    category="prompting",
    difficulty=1,
    definition="Asking for steps before the answer.",
    example="",
    why_it_matters="",
    mistakes=(),
    career_relevance="",
    related=(),
)
TIP = TipSection(Tip(slug="ask-for-steps", title="Ask for steps", body="Say it.", before="", after=""))
ISSUE = Issue(
    week="2026-W48",
    number=1,
    subject=GOOD.subject,
    preheader=GOOD.preheader,
    intro="Some of you asked for more.",
    sections=(TERM, TIP),
    minutes=3,
    date_label="23–29 November 2026",
)
NEWS = Link("GPT-4 is the latest model of 2023", "https://example.org/a?b=1&c=2")


def html(*changes: tuple[str, str]):
    """The good letter with pieces of its HTML replaced."""
    page = HTML
    for old, new in changes:
        assert old in page, old
        page = page.replace(old, new)
    return replace(GOOD, html=page)


def text(old: str, new: str):
    """The good letter with a piece of its text replaced."""
    assert old in TEXT, old
    return replace(GOOD, text=TEXT.replace(old, new))


def both(piece: str, plain: str):
    """The good letter with one more paragraph, in both parts."""
    page = html(("<p>Read", f"<p>{piece}</p><p>Read"))
    return replace(page, text=TEXT.replace("Read the long", f"{plain}\n\nRead the long"))


def padded(size: int):
    """The good letter with its HTML brought to `size` bytes."""
    return html(("Join us", "Join us" + "." * (size - GOOD.html_bytes)))


def styled(css: str):
    """The good letter with more in its style sheet."""
    return html(("p { margin: 0 }", f"p {{ margin: 0 }} {css}"))


def marked(piece: str):
    """The good letter with a piece of HTML that shows no words before its picture."""
    return html((IMAGE, piece))
