from __future__ import annotations

from pipeline.render.minify import minify


def test_a_prompt_in_pre_keeps_its_indent():
    page = '<div>\n    <pre class="x">{\n    "a":   1\n}</pre>\n\n  </div>'
    assert minify(page) == '<div>\n<pre class="x">{\n    "a":   1\n}</pre>\n</div>'


def test_values_and_css_strings_keep_their_blanks():
    page = '<a   title="two  blanks"  >x</a><style>\n  a::after { content: "  " ;  color : red }\n</style>'
    assert minify(
        page
    ) == '<a title="two  blanks">x</a><style>a::after{content: "  ";color : red}\n</style>'.replace(
        "}\n<", "}<"
    )


def test_what_only_outlook_reads_is_squeezed_too():
    page = "<!--[if mso | IE]>\n      <table>\n        <tr>\n      <![endif]-->"
    assert minify(page) == "<!--[if mso | IE]>\n<table>\n<tr>\n<![endif]-->"
