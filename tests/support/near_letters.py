"""For every rule of a rendered letter, letters that come near to breaking it and do not."""

from __future__ import annotations

from dataclasses import replace

from pipeline.check.context import LinkOutcome
from pipeline.check.standards import Standards
from pipeline.model.issue import Link, SubjectCandidate
from support.checked_letters import (
    GOOD,
    HEAD,
    IMAGE,
    LINK,
    NAME,
    NEWS,
    TERM,
    both,
    html,
    marked,
    padded,
    styled,
    text,
)
from support.letter_cases import BUTTON, DATA, LONG, TABLE, asked, case, issue

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
            standards=Standards(clients={"gmail-web": 1}),
        ),
        case(
            "",
            html(("<p>Read", '<p style="gap:8px">Read')),
            standards=Standards(unsupported_percent=50),
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
