"""A prompt in a letter breaks once, at the reader's margin; code and what was broken on purpose stay."""

from __future__ import annotations

import re
from dataclasses import replace

from support.letter_parts import HEAD, HEBREW, TEMPLATES
from support.letters import HEBREW_HEAD, ORDINARY, RIGHT_TO_LEFT

from pipeline.render.jinja import environment
from pipeline.render.letter import render


def test_code_within_the_lines_of_a_right_to_left_letter_is_held_together():
    words = "שלום `f()`, `שלום` ו־`()`\n\n```\nx\n```"
    env = environment([HEBREW, TEMPLATES])
    turned = render(replace(RIGHT_TO_LEFT, intro=words), HEBREW_HEAD, env).html
    for direction, code in (("ltr", "f()"), ("rtl", "שלום"), ("ltr", "()")):
        assert re.search(f'<code dir="{direction}"[^>]*>{re.escape(code)}</code>', turned)
    assert not re.search(r"<pre[^>]*><code[^>]*dir=", turned)
    assert not re.search("<code[^>]*dir=", render(replace(ORDINARY, intro=words), HEAD, env).html)
