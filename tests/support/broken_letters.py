"""For every rule of a rendered letter, letters that break it, with the severity of what is found."""

from __future__ import annotations

from dataclasses import replace

from pipeline.check.context import LinkOutcome
from pipeline.check.standards import Standards
from support.checked_letters import (
    GOOD,
    HEAD,
    IMAGE,
    LEAVE,
    LINK,
    NAME,
    TERM,
    both,
    html,
    marked,
    padded,
    styled,
    text,
)
from support.letter_cases import BUTTON, DATA, LONG, TABLE, asked, case, issue

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
            standards=Standards(clients={"outlook-windows": 1, "gmail-web": 9}),
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
        case("warning", GOOD, standards=Standards(reading_minutes=2), **issue(minutes=3)),
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
