"""Every rule of a rendered letter, with letters that break it and letters that come near and do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.checked_letters import (
    GOOD,
    HEAD,
    HTML,
    IMAGE,
    ISSUE,
    LEAVE,
    LINK,
    NAME,
    NEWS,
    TERM,
    TEXT,
    TIP,
    both,
    html,
    marked,
    padded,
    styled,
    text,
)

from pipeline.check.context import LinkAnswer, LinkOutcome
from pipeline.check.letter import check_letter
from pipeline.check.options import CheckOptions
from pipeline.check.rules import CHECKS
from pipeline.model.issue import Link, SubjectCandidate
from pipeline.model.problem import LETTER_RULES
from pipeline.model.rendered import PersonalSlot
from pipeline.render.slots import TOKEN
from pipeline.rules import all_rules

LONG = "https://example.org/a?b=1&c=2"
TABLE = '<table role="presentation"><tr><td></td></tr></table>'
DATA = '<table><tr><th scope="col">Runs</th></tr></table>'
BUTTON = '<a href="https://news.example.org" style="display:inline-block;line-height:1.2;padding:14px 26px;'


def case(severity, letter, **more):
    return severity, letter, more


def issue(term=TERM, **changes):
    return {"issue": replace(ISSUE, sections=(term, TIP), **changes)}


def asked(outcome, reason="", others=LinkOutcome.GOOD, **more):
    """Answers of the letter's two links: the long version's, and one of the own page."""
    own = LinkAnswer(others, is_unresolved=others is LinkOutcome.UNREACHED)
    return {"answers": {LONG: LinkAnswer(outcome, reason, **more), "https://news.example.org": own}}


BREAKERS = {
    "html-size": [case("warning", padded(80_001)), case("error", padded(99_900))],
    "css-size": [case("error", styled("p { margin: 0 }" * 1_100))],
    "css-valid": [
        case("error", styled("@media print { @media (width) { p { color: #000 } } }")),
        case("error", styled("p { color: #000")),
        case("error", styled("} p { color: #000 }")),
        case("error", styled("p { color }")),
    ],
    "line-length": [
        case("warning", html(("c=2", f"c=2{'0' * 980}"))),
        case("warning", text("Join us:", "š" * 500)),
    ],
    "no-script": [
        case("error", marked("<script></script>")),
        case("error", marked('<form action="https://news.example.org"></form>')),
        case("error", html(("<p>Read", '<p onclick="">Read'))),
        case("error", html((LINK, '<a href=" JavaScript:void(0)">Join us</a>'))),
        case("error", marked('<meta http-equiv="Refresh" content="0">')),
    ],
    "no-template-residue": [
        case("error", html((' alt=""', ' alt="{{ title }}"'))),
        case("error", html((' alt=""', ' alt="None"'))),
        case("error", html(("Python says", "*|FNAME|* says"))),
        case("error", html(("Python says", "Lorem ipsum says"))),
        case("error", html(("Python says", "zq000000000000qz says"))),
        case("error", text("Ask for steps", "zq000000000000qz")),
    ],
    "unfilled-marks": [
        *(
            case("warning", GOOD, **issue(intro=f"Hi {mark}, read on."))
            for mark in (
                "{{ name }}",
                "{{name}}",
                "${name}",
                "<%= name %>",
                "[[name]]",
                "{# later #}",
                "*|FNAME|*",
            )
        ),
        case("warning", GOOD, **issue(subject="For *|FNAME|* alone")),
        case("warning", GOOD, **issue(preheader="{% if name %} Hello")),
        *(
            case(
                "warning",
                GOOD,
                head=replace(HEAD, **{key: f"{getattr(HEAD, key)} {{{{ city }}}}"}),
                **issue(),
            )
            for key in ("tagline", "postal_address", "name", "audience")
        ),
    ],
    "lost-markup": [
        *(
            case("warning", GOOD, **issue(intro=f"See this.\n\n{said}"))
            for said in (
                "![poster](https://example.org/a.png)",
                "[the rules](/rules)",
                "[sign up](www.example.org)",
                "[us](a@example.org)",
                "[run](javascript:x)",
                "| a | b |\n|---|---|\n| 1 | 2 |",
                "<b>Read</b>",
            )
        ),
    ],
    "mjml-source": [
        case("error", marked('<mj-image src="https://news.example.org/a.png" />')),
        case("error", html(("<p>Read", '<p css-class="prose">Read'))),
        case("error", marked('<div class="mj-carousel"></div>')),
    ],
    "unsubscribe-link": [
        case("error", html((f'<a href="{LEAVE}">Unsubscribe</a>', f"<a>{LEAVE}</a>"))),
        case("error", html((">Unsubscribe<", "> <"))),
        case("error", text(LEAVE, "")),
    ],
    "postal-address": [
        case("error", html(("10115 Berlin", ""))),
        case("error", text("10115 Berlin", "")),
    ],
    "letterhead": [
        case("error", GOOD, head=replace(HEAD, name=" ")),
        case("warning", GOOD, head=replace(HEAD, audience="")),
    ],
    "links-absolute": [
        case("error", html((LINK, '<a href="">Join us</a>'))),
        case("error", html((LINK, '<a href="#">Join us</a>'))),
        case("error", html((LINK, '<a href="#nowhere">Join us</a>'))),
        case("error", html((LINK, '<a href="/join">Join us</a>'))),
        case("error", html((LINK, '<a href="ftp://example.org/a">Join us</a>'))),
        case("error", html((LINK, '<a href="http://localhost:8025/">Join us</a>'))),
        case("error", html((LINK, '<a href="https://192.0.2.1/">Join us</a>'))),
        case("error", html((LINK, '<a href="https://[2001:db8::1]/">Join us</a>'))),
        case("error", html((LINK, '<a href="mailto:">Join us</a>'))),
        case("error", html((LINK, '<a href="https://[::1">Join us</a>'))),
        case("error", html(("&amp;c=2", "&amp;amp;c=2"))),
        case("error", html(("the long version", "https://other.example/a"))),
    ],
    "link-text": [
        case("error", html((">Join us</a>", "></a>"))),
        case("error", html((">Join us</a>", f">{IMAGE}</a>"))),
        case("warning", html(("the long version", "Click here"))),
        case("warning", styled("a { text-decoration: none }")),
    ],
    "link-repeat": [
        case("warning", GOOD, sent={"https://example.org/a?b=1&c=2": "2026-W40"}),
        case("warning", html(("b=1&amp;c=2", "c=2&amp;b=1&amp;utm_source=x")), sent={LONG: "2026-W40"}),
    ],
    "images": [
        case("error", html((' alt=""', ""))),
        case("error", html((' width="20"', ""))),
        case("error", marked(IMAGE.replace("https:", "http:"))),
        case("error", marked(IMAGE.replace("news.example.org", "www.mailjet.com"))),
        case("warning", marked(IMAGE.replace("a.png", "a.webp"))),
        case("warning", marked(IMAGE * 26)),
        case("error", marked(IMAGE.replace('width="20"', 'width="1" height="1"'))),
        case("error", marked(IMAGE.replace('width="20"', 'width="1" style="height:auto"'))),
        case("error", marked(IMAGE.replace('width="20"', 'width="0"').replace('alt=""', 'alt="us"'))),
        case("warning", marked(IMAGE.replace('"20"', '"560"'))),
        case("warning", marked(IMAGE.replace('width="20"', 'width="100%" height="320"'))),
        case("warning", marked(f'<a href="https://news.example.org">{IMAGE.replace("20", "120")}</a>')),
    ],
    "width": [
        case("warning", marked('<div style="margin:0px auto;max-width:2000px"></div>')),
        case("warning", marked('<div style="margin:0px auto;max-width:0px"></div>')),
        case("warning", marked('<div style="margin: 0 auto; max-width: 200px"></div>')),
    ],
    "remote-fonts": [
        case("error", styled("@import url(https://fonts.example.org/f.css);")),
        case("error", styled("@font-face { font-family: x; src: url(https://fonts.example.org/f) }")),
        case("error", marked('<link rel="stylesheet" href="https://fonts.example.org/f">')),
    ],
    "mso-balance": [
        case("error", html(("</table><![endif]-->", "</table>-->"))),
        case("error", html(("<h1>", "<!--[if !mso><!--><!--<![endif]--><h1>"))),
        case("error", html(("</td></tr></table>", "</tr></table>"))),
    ],
    "document-head": [
        case("error", html(("<!DOCTYPE html>", ""))),
        case("error", html(('<meta charset="utf-8">', ""))),
        case("warning", html(('<meta name="viewport" content="width=device-width">', ""))),
        case("error", html((' xmlns:o="o"', ""))),
        case("warning", html(("<o:PixelsPerInch>96</o:PixelsPerInch>", ""))),
    ],
    "unsupported-feature": [
        case("warning", html(("<p>Read", '<p style="gap:8px">Read'))),
        case("warning", styled("p::before { content: '§' }")),
        case(
            "warning",
            styled("@media (max-width: 480px) { p { background-image: linear-gradient(#fff, #eee) } }"),
        ),
        case("warning", marked(IMAGE.replace("a.png", "a.svg"))),
        case("warning", marked("<video></video>")),
        case("warning", html(("<p>Read", '<p style="width:calc(100% - 8px)">Read'))),
        case(
            "warning",
            html(("<p>Read", '<p style="min-height:20px">Read')),
            standards=CheckOptions(clients={"outlook-windows": 1, "gmail-web": 9}),
        ),
    ],
    "no-flex-grid-position": [
        case("error", html(("<p>Read", '<p style="display:flex">Read'))),
        case("error", html(("<p>Read", '<p style="display: inline-grid">Read'))),
        case("error", styled("p { position: absolute }")),
    ],
    "text-part": [
        case("error", replace(GOOD, text=f"{NAME} {LEAVE}")),
        case("error", text("Join us:", "<strong>Join</strong> us:")),
    ],
    "text-parity": [
        case("error", text("https://example.org/a?b=1&c=2", "")),
        case("warning", text("Ask for steps", "")),
        case("warning", text("Python says None here.", "")),
        case("warning", text("Join us:", "We also have a shop.\n\nJoin us:")),
        case("warning", text("Join us:", "Our shop: https://shop.example.org/\n\nJoin us:")),
        case("warning", html(("</pre>", "</pre>" + "".join(f"<p>Sentence {n}.</p>" for n in range(9))))),
    ],
    "text-lines": [case("warning", text("EXAMPLE WEEKLY", "EXAMPLE WEEKLY " * 6))],
    "subject": [
        case("error", replace(GOOD, subject="")),
        case("error", replace(GOOD, subject="x" * 79)),
        case("error", replace(GOOD, subject="two\nlines")),
        case("error", replace(GOOD, subject="turned \u202e round")),
        case("error", replace(GOOD, subject="Re: your prompts")),
    ],
    "preheader": [
        case("warning", replace(GOOD, preheader="")),
        case("warning", replace(GOOD, preheader="x" * 131)),
        case("error", replace(GOOD, preheader=GOOD.subject.upper())),
        case("error", replace(GOOD, preheader="two\nlines, and forty letters or more of words")),
        case("warning", replace(GOOD, preheader=f"Example Weekly Hi {NAME}, Ask for steps")),
    ],
    "honest-count": [
        case("error", replace(GOOD, subject="1,300+ readers agree"), readers=1_299),
        case(
            "error",
            replace(GOOD, preheader="What 2k+ curious subscribers read every single week."),
            readers=1_900,
        ),
        case("error", both("Join 1 300 prompt engineers", "Join 1 300 prompt engineers"), readers=0),
        case("error", text("Join us:", "1.5 million+ readers:"), readers=1_000_000),
        case("warning", replace(GOOD, subject="1,300+ readers agree")),
        case("warning", both("Join 1,000,000 readers", "Join 1,000,000 readers")),
        *(
            case("error", both(f"{said} today.", f"{said} today."), readers=12)
            for said in ("Join 1,300,000 readers", "join 9,999+ prompt engineers", "Join 1.300.000 readers")
        ),
    ],
    "stale-claim": [
        case(
            "warning",
            GOOD,
            **issue(replace(TERM, definition="The latest model, GPT-4, costs $20 since 2023.")),
        ),
    ],
    "reading-time": [
        case("warning", GOOD, **issue(minutes=8)),
        case("warning", html(("</pre>", f"</pre><p>{'word ' * 1_600}</p>"))),
        case("warning", GOOD, standards=CheckOptions(reading_minutes=2), **issue(minutes=3)),
    ],
    "lang": [
        case("error", html(('<html lang="en" dir="ltr"', '<html lang="und" dir="ltr"'))),
        case("error", html(('role="article" lang="en"', 'role="article"'))),
        case("error", html(('role="article" ', ""))),
    ],
    "dir": [
        case("error", html(('<html lang="en" dir="ltr"', '<html lang="en" dir="rtl"'))),
        case("error", html(('role="article" lang="en" dir="ltr"', 'role="article" lang="en" dir="auto"'))),
    ],
    "title": [
        case("error", html(("<title>Ask for steps · Example Weekly</title>", "<title>\n</title>"))),
        case("warning", html(("<title>Ask for steps · Example Weekly", "<title>Example Weekly"))),
    ],
    "table-roles": [
        case("warning", marked(TABLE.replace(' role="presentation"', ""))),
        case("warning", marked(DATA.replace("<table>", '<table role="presentation">'))),
        case("warning", marked(DATA.replace(' scope="col"', ""))),
    ],
    "headings": [
        case("error", html(("<h1>Example Weekly</h1>", "<p>Example Weekly</p>"))),
        case("error", html(("<h2>Ask for steps</h2>", "<h1>Ask for steps</h1>"))),
        case("warning", html(("<h2>Ask for steps</h2>", "<h3>Ask for steps</h3>"))),
    ],
    "contrast": [
        case("error", html(("<p>Read", '<p style="color:#777777">Read'))),
        case("error", styled("@media (prefers-color-scheme: dark) { .page > p { color: #444 !important } }")),
        case("error", html(("<p>Read", '<p style="background:#0000ee url(x)">Read'))),
        case("error", html(("<h2>", '<h2 style="color:rgb(160, 160, 160)">'))),
        case("error", html(("<p>Read", '<p style="color:rgba(0, 0, 0, .3)">Read'))),
        case("error", html(("<p>Read", '<p style="color:#1d24">Read'))),
        case("error", html(("<p>Hi", '<p style="color:#767676;background:#00000040">Hi'))),
        case("warning", html(("<p>Read", '<p style="color:inkish">Read'))),
        case("warning", html(("<p>Read", '<p style="background-color:hsl(0 0% 50%)">Read'))),
        case("warning", styled("@media (prefers-color-scheme: dark) { .page > p { color: #12345 } }")),
    ],
    "type-size": [
        case("warning", html(("<p>Read", '<p style="font-size:13px">Read'))),
        case("warning", html(("<p>Read", '<p style="font-size:75%">Read'))),
        case("warning", html(("<p>Read", '<p style="font: 16px/1.2 serif">Read'))),
        case("warning", html(("<p>Read", '<p style="line-height:20px">Read'))),
        case("warning", html(('<a href="https://news.example.org">', BUTTON.replace("14px", "8px") + '">'))),
    ],
    "vml": [
        case("warning", marked('<!--[if mso]><v:rect fill="true"></v:rect><![endif]-->')),
        case(
            "error", marked('<!--[if mso]><v:roundrect href="https://example.org"></v:roundrect><![endif]-->')
        ),
        case(
            "error",
            html((LINK, f"<!--[if mso]><v:textbox><![endif]-->{LINK}<!--[if mso]></v:textbox><![endif]-->")),
        ),
    ],
    "text-structure": [
        case("warning", html(("Street 1<br>", "Street 1<br><br>"))),
        case("warning", html(("<p>Read", '<p style="text-align:justify">Read'))),
        case("warning", both("GET IT RIGHT NOW", "GET IT RIGHT NOW")),
        case("warning", html(("Join us</a>", "Join us</a> 🎉🎉🎉"))),
        case("warning", html(("<p>Read", "<p>• One thing</p><p>Read"))),
    ],
    "hidden-text": [
        case("error", html(("<p><a", '<p aria-hidden="true"><a'))),
        case("warning", html(("<p>Hi", '<p aria-hidden="true">Hi'))),
        case("warning", html(("or more.</div>", f"or more.{' And so on.' * 30}</div>"))),
        *(
            case("warning", marked(f"<p {how}>hidden words</p>"))
            for how in ('style="display:none"', 'style="Visibility: hidden"', "hidden")
        ),
        case(
            "warning",
            html(
                ("p { margin: 0 }", ".gone { display: none }"),
                ("<p>Hi", '<p class="gone"><b>Aha</b></p><p>Hi'),
            ),
        ),
    ],
    "dark-mode": [
        case("warning", html(('<meta name="color-scheme" content="light dark">', ""))),
        case(
            "warning", html(('"supported-color-schemes" content="light dark"', '"supported-color-schemes"'))
        ),
        case("warning", html(("prefers-color-scheme: dark", "prefers-color-scheme: light"))),
    ],
    "link-broken": [
        case("error", GOOD, **asked(LinkOutcome.BROKEN, "the server answers 404")),
        case(
            "error",
            GOOD,
            **asked(LinkOutcome.UNREACHED, "the host's name cannot be resolved", is_unresolved=True),
        ),
    ],
    "link-moved": [case("warning", GOOD, **asked(LinkOutcome.MOVED, moved_to="https://example.org/b"))],
    "link-trouble": [
        case("warning", GOOD, **asked(LinkOutcome.TROUBLE, "the server answers 503")),
        case("warning", GOOD, **asked(LinkOutcome.UNREACHED, "it took longer than 20 seconds")),
    ],
    "link-unasked": [
        case(
            "warning",
            GOOD,
            **asked(LinkOutcome.UNREACHED, "no way", LinkOutcome.UNREACHED, is_unresolved=True),
        ),
        case("warning", GOOD, **asked(LinkOutcome.REFUSED, "port 22 is no port of a public web server")),
    ],
}

KEEPERS = {
    "html-size": [case("", padded(79_000))],
    "css-size": [case("", styled("p { margin: 0 }" * 1_000))],
    "css-valid": [
        case("", styled("@media print { p { color: #000 } } @import url('a;b'); /* } */ p { color: #000; }")),
        case("", styled("p { content: ';}'; background: url(data:a;b) }")),
    ],
    "line-length": [
        case("", html(("c=2", f"c=2{'0' * 900}"))),
        case("", html(("or more.</div>", "or more." + "&nbsp;\u200c" * 200 + "</div>"))),
        case("", html(("Join us</a>", f"Join us</a>{' and so on' * 200}"))),
    ],
    "no-script": [case("", html(("Join us", "data: what one on button presses")))],
    "no-template-residue": [
        *(
            case("", both(f"<strong>{word}</strong></p><p>{word}", f"{word}\n    {word}"))
            for word in ("None", "undefined", "NaN")
        ),
        case("", replace(html(("Ask for steps · ", "Stop {{name}} · ")), subject="Stop {{name}}")),
    ],
    "unfilled-marks": [
        case("", GOOD, **issue(intro="Say `{{ name }}`, not\n\n```\n[[name]] ${x}\n```\n")),
        case(
            "", GOOD, **issue(intro="It costs $5 {so far}, as [[1]](https://example.org/x) says: 50% more.")
        ),
        case("", GOOD, **issue(replace(TERM, title="Stop {{name}}"), subject="Stop {{name}} now")),
        case("", GOOD, **issue(replace(TERM, news=(Link("{{x}} is out", LONG),)), intro="Why {{x}} is out")),
        case("", GOOD, **issue(replace(TERM, definition="Say {{name}}."))),
        case(
            "",
            GOOD,
            **issue(subject="{{x}}: out", subject_candidates=(SubjectCandidate("news", "{{x}}: out", ""),)),
        ),
    ],
    "lost-markup": [
        case("", GOOD, **issue(intro="*See* [us](mailto:a@example.org) or [this](https://example.org/x).")),
        case("", GOOD, **issue(intro="Say `![poster](/x)` and `| a | b |`, a|b.\n\n- one\n- two\n")),
        case("", GOOD, **issue(intro="[old](http://example.org/x)")),
        case("", GOOD, silent=frozenset({"markup-image"}), **issue(intro="![poster](https://example.org/a)")),
    ],
    "mjml-source": [case("", html(("Join us</a>", "Join us</a> &lt;mj-text css-class=x&gt;")))],
    "unsubscribe-link": [case("", html((">Unsubscribe<", "><b>Unsubscribe</b><")))],
    "postal-address": [case("", html(("Street 1<br>10115", "Street 1\n  10115")))],
    "letterhead": [case("", GOOD, head=replace(HEAD, name="W", audience="us", tagline=""))],
    "links-absolute": [
        case("", html((LINK, '<a href="#top">Join us</a>'), ('class="page"', 'class="page" id="top"'))),
        case("", html(("the long version", "www.example.org/a"))),
        case("", html((LINK, '<a href="mailto:letter@news.example.org">Join us</a>'))),
    ],
    "link-text": [
        case("", html((">Join us</a>", f">{IMAGE.replace(chr(34) * 2, chr(34) + 'Join us' + chr(34))}</a>"))),
        case("", html(('<a href="https://news.example.org">', BUTTON + 'text-decoration:none">'))),
        case("", html(("the long version", "more about steps"))),
    ],
    "link-repeat": [
        case("", GOOD, sent={"https://example.org/b": "2026-W40", "https://news.example.org": "2026-W40"}),
        case("", GOOD, sent={LONG: "2026-W48"}),
    ],
    "images": [
        case("", marked(IMAGE * 25)),
        case("", marked(IMAGE.replace('width="20"', 'width="1" height="20"'))),
        case("", marked(IMAGE.replace('width="20"', 'width="560" height="4"'))),
        case("", marked(IMAGE.replace('"20"', '"560"').replace('alt=""', 'alt="A flow of three steps"'))),
        case("", marked(IMAGE.replace('"20"', '"560" role="presentation"'))),
        case("", html(("Join us</a>", f"{IMAGE.replace('20', '120')} Join us</a>"))),
    ],
    "width": [
        case("", marked('<div style="margin:0px auto;max-width:800px"></div>')),
        case("", marked('<div style="margin:0px auto;max-width:400px"></div>')),
        case("", marked('<div style="display:none;max-width:0px"></div>')),
        case(
            "",
            marked(
                '<div style="margin:0 auto;max-width:620px"><p style="margin:auto;max-width:90px"></p></div>'
            ),
        ),
    ],
    "remote-fonts": [case("", styled("p { font-family: Roboto, sans-serif }"))],
    "mso-balance": [case("", html(("<h1>", "<!--[if !mso]><!--><i></i><!--<![endif]--><h1>")))],
    "document-head": [case("", html(("<!DOCTYPE html>", "<!doctype HTML>")))],
    "unsupported-feature": [
        case("", styled("[data-ogsc] .page > p { color: #222; min-height: 2px }")),
        case("", styled("p:hover { border-radius: 3px; box-shadow: 0 0 2px #000 }")),
        case("", styled("@media (prefers-color-scheme: dark) { .x > .y { min-height: 2px } }")),
        case(
            "",
            html(("<p>Read", '<p style="min-height:20px">Read')),
            standards=CheckOptions(clients={"gmail-web": 1}),
        ),
        case(
            "",
            html(("<p>Read", '<p style="gap:8px">Read')),
            standards=CheckOptions(unsupported_percent=50),
        ),
    ],
    "no-flex-grid-position": [
        case("", styled("@media (max-width: 480px) { p { display: flex } } p { position: static }")),
        case("", html(("<p>Read", '<p style="display:inline-block">Read'))),
    ],
    "text-part": [case("", both("&lt;b&gt; is bold", "<b> is bold"))],
    "text-parity": [
        case("", text("Ask for steps", "1. *Ask for steps*")),
        case("", text("Read the long version:", "Read the\nlong version")),
        case("", both("模型先读后写。然后停止。", "模型先读\n后写。然后停止。")),
        case("", both("It fits into 24. That is all.", "It fits into\n24. That is all.")),
        case(
            "",
            both(
                'Write to <a href="mailto:a@example.org">us</a>. Then wait.',
                "Write to us (a@example.org). Then wait.",
            ),
        ),
        case("", text("EXAMPLE WEEKLY\n", "Unsubscribe\n===========\nEXAMPLE WEEKLY\n\n=====\n")),
        case("", both(f"Join {NAME} today", f"Join\n\n{NAME}\n\ntoday")),
    ],
    "text-lines": [
        case("", text("Join us: ", f"Join us: https://news.example.org/{'a' * 80}\n")),
        case("", text("EXAMPLE WEEKLY", f"  {'x' * 90}")),
        case("", text("    undefined", f"    undefined {'x ' * 40}")),
    ],
    "subject": [case("", replace(GOOD, subject="Reply to your prompts: " + "x" * 55))],
    "preheader": [case("", replace(GOOD, preheader="Example Weekly says what waits inside, and why"))],
    "honest-count": [
        case("", replace(GOOD, subject="1,300+ readers agree"), readers=1_300),
        case("", replace(GOOD, subject="5+ readers agree")),
        case("", replace(GOOD, subject="A study of 40,000 readers, and 90+ prompts"), readers=12),
    ],
    "stale-claim": [
        case("", GOOD, **issue(replace(TERM, news=(NEWS,)))),
        case("", GOOD, **issue(intro="This is the latest of 2026.")),
        case("", GOOD, **issue(replace(TERM, example="One call costs 0.4 cents."))),
        case(
            "",
            GOOD,
            silent=frozenset({"stale-year"}),
            **issue(replace(TERM, definition="It was first tried in 2023 by few.")),
        ),
    ],
    "reading-time": [case("", GOOD, **issue(minutes=7))],
    "lang": [case("", html(("<h2>", '<h2 lang="cs">')))],
    "dir": [case("", html(("<h2>", '<h2 dir="rtl">')))],
    "title": [case("", html(("<title>Ask for steps · ", "<title>\nAsk · ")))],
    "table-roles": [
        case("", marked(TABLE)),
        case("", marked(DATA)),
        case("", marked(TABLE.replace("presentation", "none"))),
    ],
    "headings": [case("", html(("<h2>Ask for steps</h2>", "<h2>Ask</h2><h3>for</h3><h2>steps</h2>")))],
    "contrast": [
        case("", html(("<p>Hi", '<p style="color:#767676;background:#fff">Hi'))),
        case(
            "",
            html(
                ("<h2>", '<h2 style="color:#949494;font-size:24px">'),
                ("color: #eeeeee", "color: #eee !important"),
            ),
        ),
        case("", html(("<p>Read", '<p style="color:#777;display:none">Read'))),
        case("", styled("h2 { color: #aaa; background: #fff } .page h2 { color: #222 }")),
        case("", html(("<p>Hi", '<p style="color:rgba(0, 0, 0, .6);background:#fff">Hi'))),
        case("", html(("<p>Hi", '<p style="background:url(x) center top no-repeat">Hi'))),
        case("", html(("<p>Read", '<p style="color:inkish"><span hidden>x</span></p><p>Read'))),
        case("", html(("<p>Hi", '<p style="color:inherit;background:#1d240000">Hi'))),
    ],
    "type-size": [
        case("", html(("<p>Read", '<p style="font-size:14px;line-height:20px">Read'))),
        case("", html(("<h2>", '<h2 style="line-height:1.2">'))),
        case("", html(('<a href="https://news.example.org">', BUTTON + '">'))),
    ],
    "vml": [case("", marked('<!--[if mso]><v:rect alt="" fill="true"></v:rect><![endif]-->'))],
    "text-structure": [
        case("", html(("Street 1<br>", "Street 1<br>Flat 2<br>"))),
        case("", html(("undefined</pre>", "GET IT RIGHT NOW\n• x</pre>"))),
        case("", html(("Join us</a>", "Join us</a> 🎉 with RAG, SQL and JSON"))),
    ],
    "hidden-text": [
        case("", html(("<p>Hi", '<p><span aria-hidden="true">→</span>Hi'))),
        case("", html(("or more.</div>", "or more.&#847;&zwnj;&nbsp;</div>"))),
        case("", marked('<div style="display:none">&#8199;&#847; </div>')),
        case("", replace(GOOD, preheader="")),
        case("", marked('<span style="position:absolute;clip:rect(0 0 0 0)">said aloud</span>')),
        case("", styled("@media print { p { display: none } }")),
        case(
            "",
            html(
                ("p { margin: 0 }", ".night { display: none }"),
                ("color: #eeeeee }", "color: #eeeeee } .night { display: block !important }"),
                ("<p>Hi", '<p class="night">Good evening</p><p>Hi'),
            ),
        ),
    ],
    "dark-mode": [case("", html(("prefers-color-scheme: dark", "prefers-color-scheme:dark")))],
    "link-broken": [
        case("", GOOD, **asked(LinkOutcome.UNREACHED, "no way", LinkOutcome.UNREACHED, is_unresolved=True)),
        case("", GOOD, **asked(LinkOutcome.TROUBLE, "the server answers 503")),
    ],
    "link-moved": [case("", GOOD, **asked(LinkOutcome.GOOD))],
    "link-trouble": [
        case("", GOOD, **asked(LinkOutcome.GOOD)),
        case("", GOOD, **asked(LinkOutcome.UNREACHED, "no way", LinkOutcome.UNREACHED, is_unresolved=True)),
    ],
    "link-unasked": [case("", GOOD, **asked(LinkOutcome.BROKEN, "the server answers 410"))],
}

every_rule = pytest.mark.parametrize("rule", CHECKS)


judged = {}


def judge(letter, head=HEAD, **more):
    """Check a letter of the tables above, each once: three tests ask what is found in it."""
    key = id(letter), id(head), *(id(value) for value in more.values())
    if key not in judged:
        judged[key] = check_letter(letter, head, **more), (letter, head, more)
    return judged[key][0]


def test_a_good_letter_has_no_findings():
    more = {
        "readers": 12,
        "sent": {"https://example.org/b": "2026-W40"},
        **issue(),
        **asked(LinkOutcome.GOOD),
    }
    assert check_letter(GOOD, HEAD, **more) == ()


def test_every_rule_is_carried_out():
    assert set(CHECKS) == {each for each in all_rules().values() if each.group == LETTER_RULES}


@every_rule
def test_a_letter_that_breaks_a_rule_is_found(rule):
    assert BREAKERS[rule]
    for severity, letter, more in BREAKERS[rule]:
        findings = [finding for finding in judge(letter, **more) if finding.rule == rule]
        assert severity in {finding.severity for finding in findings}
        assert all(finding.where and finding.message and finding.fix for finding in findings)


@every_rule
def test_a_letter_that_only_comes_near_is_left_alone(rule):
    assert KEEPERS[rule]
    for _, letter, more in KEEPERS[rule]:
        assert [str(f) for f in judge(letter, **more) if f.rule == rule] == []


@every_rule
def test_no_rule_finds_anything_graver_than_it_says(rule):
    found = {
        finding.severity
        for _, letter, more in BREAKERS[rule]
        for finding in judge(letter, **more)
        if finding.rule == rule
    }
    assert ("error" in found) == (rule.severity == "error")


def test_the_size_counts_slots_as_long_as_values_get():
    letter = padded(79_990)
    assert [finding.rule for finding in check_letter(letter, HEAD)] == ["html-size", "line-length"]
    sizes = {PersonalSlot.NAME: 16, PersonalSlot.UNSUBSCRIBE_URL: 16}
    assert [finding.rule for finding in check_letter(letter, HEAD, slot_bytes=sizes)] == ["line-length"]


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://127.0.0.1:8000/weekly"])
def test_the_newsletters_own_address_may_still_be_a_placeholder(base_url):
    letter = replace(
        GOOD,
        html=HTML.replace(IMAGE, "").replace("https://news.example.org", base_url),
        text=TEXT.replace("https://news.example.org", base_url),
    )
    assert check_letter(letter, replace(HEAD, base_url=base_url)) == ()


def test_a_finding_says_where_it_is_and_which_file_to_mend():
    letter = html(("the long version", "Click here"))
    term = replace(TERM, why_it_matters=f"Read [Click here]({LONG}).")
    (finding,) = (f for f in check_letter(letter, HEAD, **issue(term)) if f.rule == "link-text")
    assert (
        finding.where_line
        == HTML.split("\n").index(
            '<p>Read <a href="https://example.org/a?b=1&amp;c=2">the long version</a>.</p>'
        )
        + 1
    )
    assert finding.selector.endswith("div:nth-child(2) > p:nth-child(6) > a:nth-child(1)")
    assert finding.path == "content/glossary/chain-of-thought.md"


def test_an_open_slot_is_called_by_its_name_and_never_by_its_token():
    findings = check_letter(
        replace(text(f"Hi {NAME},", f"Hi {NAME}, so we meet"), preheader=f"Hi {NAME}" * 9), HEAD
    )
    findings += check_letter(html((LINK, f'<a href="https://news.example.org/{NAME}" >Join</a>')), HEAD)
    findings += check_letter(html(("Python says", "zq000000000000qz says")), HEAD)
    assert findings
    assert not [finding.message for finding in findings if TOKEN.search(finding.message)]
    assert any("{{ name }}" in finding.message for finding in findings)


def test_a_sentence_of_the_intro_that_one_part_lacks_is_mended_in_the_weeks_file():
    intro = "Some of you asked for *more* steps."
    letter = html(("<p>Read", f"<p>{intro.replace('*', '')}</p><p>Read"))
    wishes = f'subject = "x"\n\nintro = """\nHello.\n{intro}"""\n'
    findings = check_letter(letter, HEAD, wishes=wishes, **issue(intro=f"Hello.\n{intro}"))
    assert [(f.rule, f.path, f.line) for f in findings] == [
        ("text-parity", "content/issues/2026-W48.toml", 5)
    ]


def test_words_of_a_term_are_mended_in_its_file_though_the_subject_was_made_of_them():
    more = issue(replace(TERM, definition="GET IT RIGHT NOW"), subject="GET IT RIGHT NOW: why")
    more["issue"] = replace(
        more["issue"], subject_candidates=(SubjectCandidate("term", "GET IT RIGHT NOW: why", ""),)
    )
    letter = both("GET IT RIGHT NOW", "GET IT RIGHT NOW")
    assert [f.path for f in judge(letter, **more)] == ["content/glossary/chain-of-thought.md"]


def test_a_rule_can_be_switched_off_made_milder_and_made_graver():
    letter = html(("the long version", "Click here"))

    def severities(level):
        found = check_letter(letter, HEAD, standards=CheckOptions(rules={"link-text": level}))
        return [f.severity for f in found if f.rule == "link-text"]

    assert [severities(level) for level in ("off", "warning", "error")] == [[], ["warning"], ["error"]]
    pale = html(("<p>Hi", '<p style="color:#777777;background:#fff">Hi'))
    mild = check_letter(pale, HEAD, standards=CheckOptions(rules={"contrast": "warning"}))
    assert {(finding.rule, finding.severity) for finding in mild} == {("contrast", "warning")}
