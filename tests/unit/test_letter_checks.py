from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.check import RULES, check_letter
from pipeline.check.rules import ALL
from pipeline.issue.model import Letterhead
from pipeline.render.model import Rendered, Slot

NAME, LEAVE = "zq0123456789abqz", "zqba9876543210qz"
HEAD = Letterhead(
    name="Example Weekly",
    tagline="",
    from_name="Example Weekly",
    from_email="letter@news.example.org",
    reply_to="",
    list_id="weekly.news.example.org",
    base_url="https://news.example.org",
    join_url="https://news.example.org/join",
    postal_address="Example Street 1\n10115 Berlin",
    language="en",
)
HTML = f"""<!DOCTYPE html><html lang="en" dir="ltr"><head><title>Ask for steps · Example Weekly</title>
<style>p {{ margin: 0 }}</style></head><body>
<div style="display:none">What waits inside, in forty letters or more.</div>
<div role="article" lang="en" dir="ltr" aria-label="Ask for steps · Example Weekly">
<!--[if mso | IE]><table role="presentation"><![endif]-->
<h1>Example Weekly</h1><p>Hi {NAME},</p><h2>Ask for steps</h2>
<p>Prompts say <code>{{{{name}}}} {{% if %}} *|FNAME|*</code> and {{{{ topic }}}}. Python says None here.</p>
<pre>None
undefined</pre>
<p>Read <a href="https://example.org/a?b=1&amp;c=2">the long version</a>.</p>
<img src="https://news.example.org/a.png" alt="" width="20">
<p><a href="https://news.example.org">Join us</a></p>
<p><a href="{LEAVE}">Unsubscribe</a></p><p>Example Street 1<br>10115 Berlin</p>
<!--[if mso | IE]></table><![endif]-->
</div></body></html>
"""
TEXT = f"""EXAMPLE WEEKLY

Hi {NAME},

Ask for steps
Prompts say {{{{name}}}}. Read the long version: https://example.org/a?b=1&c=2

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
    slots={NAME: Slot.NAME, LEAVE: Slot.UNSUBSCRIBE_URL},
)


def html(old, new):
    assert old in HTML
    return replace(GOOD, html=HTML.replace(old, new))


def text(old, new):
    assert old in TEXT
    return replace(GOOD, text=TEXT.replace(old, new))


def padded(size):
    """The good letter with its HTML brought to `size` bytes."""
    return html("Join us", "Join us" + "." * (size - GOOD.html_bytes))


LINK = '<a href="https://news.example.org">Join us</a>'
IMAGE = '<img src="https://news.example.org/a.png" alt="" width="20">'

BREAKERS = [
    ("html-size", "warning", padded(80_001)),
    ("html-size", "error", padded(99_900)),
    ("css-size", "error", html("p { margin: 0 }", "p { margin: 0 }" * 1_100)),
    ("template-residue", "error", html(' alt=""', ' alt="{{ title }}"')),
    ("template-residue", "error", html(' alt=""', ' alt="None"')),
    ("template-residue", "error", html("Python says", "*|FNAME|* says")),
    ("template-residue", "error", html("Python says", "Lorem ipsum says")),
    ("template-residue", "error", html("Python says", "zq000000000000qz says")),
    ("template-residue", "error", text("Ask for steps", "zq000000000000qz")),
    ("unsubscribe-link", "error", html(f'<a href="{LEAVE}">Unsubscribe</a>', f"<a>{LEAVE}</a>")),
    ("unsubscribe-link", "error", html(">Unsubscribe<", "> <")),
    ("unsubscribe-link", "error", text(LEAVE, "")),
    ("postal-address", "error", html("10115 Berlin", "")),
    ("postal-address", "error", text("10115 Berlin", "")),
    ("links", "error", html(LINK, '<a href="">Join us</a>')),
    ("links", "error", html(LINK, '<a href="#">Join us</a>')),
    ("links", "error", html(LINK, '<a href="/join">Join us</a>')),
    ("links", "error", html(LINK, '<a href="ftp://example.org/a">Join us</a>')),
    ("links", "error", html(LINK, '<a href="http://localhost:8025/">Join us</a>')),
    ("links", "error", html(LINK, '<a href="https://192.0.2.1/">Join us</a>')),
    ("links", "error", html(LINK, '<a href="https://[2001:db8::1]/">Join us</a>')),
    ("links", "error", html(LINK, '<a href="mailto:">Join us</a>')),
    ("links", "error", html("&amp;c=2", "&amp;amp;c=2")),
    ("links", "error", html(">Join us</a>", "></a>")),
    ("links", "error", html("the long version", "https://other.example/a")),
    ("links", "warning", html("the long version", "Click here")),
    ("text-parity", "error", text("https://example.org/a?b=1&c=2", "")),
    ("text-parity", "warning", text("Ask for steps", "")),
    ("text-lines", "warning", text("EXAMPLE WEEKLY", "EXAMPLE WEEKLY " * 6)),
    ("subject", "error", replace(GOOD, subject="")),
    ("subject", "error", replace(GOOD, subject="x" * 79)),
    ("subject", "error", replace(GOOD, subject="two\nlines")),
    ("subject", "error", replace(GOOD, subject="turned \u202e round")),
    ("subject", "error", replace(GOOD, subject="Re: your prompts")),
    ("preheader", "warning", replace(GOOD, preheader="")),
    ("preheader", "warning", replace(GOOD, preheader="x" * 131)),
    ("preheader", "error", replace(GOOD, preheader=GOOD.subject.upper())),
    ("language", "error", html('<html lang="en" dir="ltr">', '<html lang="und" dir="ltr">')),
    ("language", "error", html('role="article" lang="en" dir="ltr"', 'role="article" lang="en" dir="auto"')),
    ("language", "error", html('role="article" ', "")),
    ("headings", "error", html("<h1>Example Weekly</h1>", "<p>Example Weekly</p>")),
    ("headings", "error", html("<h2>Ask for steps</h2>", "<h1>Ask for steps</h1>")),
    ("headings", "warning", html("<h2>Ask for steps</h2>", "<h3>Ask for steps</h3>")),
    ("images", "error", html(' alt=""', "")),
    ("images", "error", html(' width="20"', "")),
    ("images", "error", html(IMAGE, IMAGE.replace("https:", "http:"))),
    ("images", "error", html(IMAGE, IMAGE.replace("news.example.org", "www.mailjet.com"))),
    ("images", "warning", html(IMAGE, IMAGE.replace("a.png", "a.webp"))),
    ("no-active", "error", html(IMAGE, "<script>1</script>")),
    ("no-active", "error", html(IMAGE, '<form action="https://news.example.org"></form>')),
    ("no-active", "error", html("<p>Read", '<p onclick="x()">Read')),
    ("no-active", "error", html(LINK, '<a href=" JavaScript:x()">Join us</a>')),
    ("no-active", "error", html(IMAGE, '<meta http-equiv="Refresh" content="0">')),
    ("no-remote-fonts", "error", html("p { margin: 0 }", "@import url(https://fonts.example.org/f.css);")),
    ("no-remote-fonts", "error", html(IMAGE, '<link rel="stylesheet" href="https://fonts.example.org/f">')),
    ("mso-balance", "error", html("</table><![endif]-->", "</table>-->")),
    ("mso-balance", "error", html("<h1>", "<!--[if !mso><!--><!--<![endif]--><h1>")),
    ("title", "error", html("<title>Ask for steps · Example Weekly</title>", "<title>\n</title>")),
    ("title", "warning", html("<title>Ask for steps · Example Weekly", "<title>Example Weekly")),
]


def test_a_good_letter_has_no_findings():
    assert check_letter(GOOD, HEAD) == ()


@pytest.mark.parametrize(("rule", "severity", "letter"), BREAKERS)
def test_a_letter_that_breaks_a_rule_is_found(rule, severity, letter):
    findings = check_letter(letter, HEAD)
    assert (rule, severity) in {(finding.rule, finding.severity) for finding in findings}
    assert all(finding.where and finding.message and finding.fix for finding in findings)


def test_every_rule_has_a_reason_and_a_letter_that_breaks_it():
    assert {rule for rule, _, _ in BREAKERS} == set(RULES)
    assert len(ALL) == len(RULES)


def test_the_size_counts_slots_as_long_as_values_get():
    letter = padded(79_990)
    assert [finding.rule for finding in check_letter(letter, HEAD)] == ["html-size"]
    assert check_letter(letter, HEAD, slot_bytes={Slot.NAME: 16, Slot.UNSUBSCRIBE_URL: 16}) == ()


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://127.0.0.1:8000/weekly"])
def test_the_newsletters_own_address_may_still_be_a_placeholder(base_url):
    letter = replace(
        GOOD,
        html=HTML.replace("https://news.example.org", base_url).replace(
            IMAGE.replace("https://news.example.org", base_url), ""
        ),
        text=TEXT.replace("https://news.example.org", base_url),
    )
    assert check_letter(letter, replace(HEAD, base_url=base_url)) == ()


def test_a_subject_about_placeholders_may_stand_in_the_title():
    subject = "Stop writing {{name}} into prompts"
    letter = replace(GOOD, subject=subject, html=HTML.replace("Ask for steps · ", f"{subject} · "))
    assert check_letter(letter, HEAD) == ()


@pytest.mark.parametrize("word", ["None", "undefined", "NaN"])
def test_what_the_author_wrote_is_no_residue(word):
    said = html(
        "<p>Read", f"<ul><li>{word}</li></ul><p>It gives <strong>{word}</strong>.</p><p>{word}</p><p>Read"
    )
    letter = replace(said, text=GOOD.text.replace("Ask for steps\n", f"Ask for steps\n{word}\n    {word}\n"))
    assert check_letter(letter, HEAD) == ()
