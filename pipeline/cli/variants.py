"""The letter that `--variant` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft, Edition
    from pipeline.issue.variants import Choices
    from pipeline.model.rendered import Rendered


def render_variant(edition: Edition, draft: Draft, choices: Choices) -> Rendered:
    """Render a variant of a draft, whether it is offered to readers or not.

    Raises:
        click.BadParameter: the letter has no such variant: a section is missing, or cannot be left out.
    """
    from pipeline.issue.variants import ORDINARY, fit_choices

    if fit_choices(choices, {section.kind for section in draft.issue.sections}) != choices:
        names = ", ".join((ORDINARY, *(variant.name for variant in draft.variants)))
        raise click.BadParameter(
            f"{draft.lock.week} has no variant {choices.name}; it has {names}", param_hint="--variant"
        )
    return edition.make_variant(draft, choices).rendered if choices.without else draft.rendered
