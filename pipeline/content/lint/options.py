"""The style of this newsletter, `[content]` of weekly.toml: lengths, lists of words, levels. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.model.problem import Level
from pipeline.rules import check_levels

_HYPE = (
    "revolutionary, revolutionise, revolutionised, revolutionises, revolutionising, revolutionize, "
    "revolutionized, revolutionizes, revolutionizing, game-changer, game-changers, game-changing, "
    "cutting-edge, bleeding-edge, groundbreaking, ground-breaking, trailblazing, unleash, unleashes, "
    "unleashed, unleashing, supercharge, supercharges, supercharged, supercharging, skyrocket, "
    "skyrockets, skyrocketing, turbocharge, turbocharged, mind-blowing, jaw-dropping, next-level, "
    "next-generation, next-gen, world-class, best-in-class, industry-leading, unparalleled, "
    "unprecedented, unrivalled, unrivaled, seamless, seamlessly, effortless, effortlessly, magical, "
    "magically, amazing, amazingly, incredible, incredibly, awesome, stunning, fantastic, phenomenal, "
    "must-have, 10x, unlock the power, harness the power, unlock the potential, the power of AI, "
    "paradigm shift, transformative, disruptive, future-proof, fastest-growing, ever-evolving, "
    "ever-changing, rapidly evolving, fast-paced, in today's world, in the world of, delve, delves, "
    "delving"
)
HYPE = tuple(_HYPE.split(", "))
"""Words that praise instead of telling the reader something."""

_WEASEL = (
    "very, really, quite, extremely, basically, essentially, literally, obviously, undoubtedly, arguably, "
    "virtually, needless to say, it goes without saying, of course, as everyone knows, everyone knows, "
    "as we all know, it is well known, it is known, it is said, it is believed, some say, "
    "some people say, many people say, many believe, experts agree, experts say, experts believe, "
    "studies show, research shows, studies have shown, research has shown, it is important to note, "
    "it's important to note, it is worth noting, it's worth noting, it should be noted, "
    "at the end of the day, in order to, due to the fact, when it comes to, plays a crucial role, "
    "plays a vital role"
)
WEASEL = tuple(_WEASEL.split(", "))
"""Fillers, and authorities without a name."""


def _span(span: tuple[int, int]) -> tuple[int, int]:
    if not 0 <= span[0] <= span[1]:
        raise ValueError("write the least and the most, for example [120, 350]")
    return span


Words = Annotated[int, Field(ge=1)]
LengthRange = Annotated[tuple[int, int], AfterValidator(_span)]


class StyleOptions(BaseModel):
    """What this newsletter wants its content to be like. Style is a warning, and never stops a letter."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    definition_words: Words = 70
    """The most words of a definition."""
    tip_words: Words = 120
    """The most words of a tip."""
    how_it_works_words: LengthRange = (120, 350)
    """The least and the most words of `How It Works`."""
    mistakes: LengthRange = (2, 3)
    """The least and the most common mistakes of a term."""
    known_acronyms: tuple[str, ...] = ()
    """Added to those that need no explanation."""
    hype: tuple[str, ...] = HYPE
    """Words that praise; a list of your own replaces the built-in one."""
    weasel: tuple[str, ...] = WEASEL
    """Fillers; a list of your own replaces the built-in one."""
    rules: Annotated[Mapping[str, Level], BeforeValidator(partial(check_levels, table="content"))] = Field(
        default_factory=dict
    )
    """The level of each rule of content: docs/reference/content-rules.md."""
