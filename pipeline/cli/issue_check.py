"""`weekly issue check`: every rule of a rendered letter, for people, programs and GitHub."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.options import (
    command,
    common,
    format_option,
    json_option,
    open_newsletter,
    say,
    week_option,
)
from pipeline.cli.outputs import annotation, print_json
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.check.context import LinkAnswer
    from pipeline.edition.draft import Draft
    from pipeline.model.problem import Problem
    from pipeline.wiring import Newsletter


@command()
@week_option
@click.option("--links", is_flag=True, help="Also request every link once, over the network.")
@format_option
@json_option
@click.pass_context
def check(ctx: click.Context, *, week: str | None, links: bool, form: str, as_json: bool) -> None:
    """Check the rendered letter against every rule; exit code 5 when one of them stops a send.

    With --links it also reports links that are broken, have moved permanently or whose server fails; good
    answers are cached for a day. Without a connection it reports that no link could be requested.

    Example: weekly issue check --links --format github
    """
    from pipeline.render.unused_templates import warn_of_unused_templates

    newsletter = open_newsletter()
    edition = newsletter.edition()
    draft = edition.draft(newsletter.week(week, has_letter=True))
    answers = _ask(newsletter, draft) if links else {}
    findings = draft.findings
    if answers:
        asked = replace(draft, findings=edition.check(draft.issue, draft.rendered, answers))
        findings = edition.add_variants(asked).findings
    unused = newsletter.settings.heard(
        warn_of_unused_templates(edition.templates, edition.letterhead.language)
    )
    if as_json or form != "github":
        for problem in unused:
            say(f"warning: {problem}")
    if as_json or form == "json":
        print_json(_as_json(draft.rendered.week, findings, answers if links else None))
    elif form == "github":
        for problem in (*unused, *findings):
            part = f"{problem.where}: " if problem.where else ""
            words = f"{part}{problem.message} — {problem.fix}"
            path, line = problem.path, problem.line
            click.echo(annotation(problem.severity, title=problem.rule, message=words, path=path, line=line))
    else:
        _print(draft.rendered.week, findings)
    ctx.exit(exits.CHECKS if any(finding.is_error for finding in findings) else exits.DONE)


def _ask(newsletter: Newsletter, draft: Draft) -> Mapping[str, LinkAnswer]:
    """Request every link of a letter, with a progress bar on a terminal."""
    import asyncio

    from pipeline.check.rules.link_status import list_targets
    from pipeline.edition.link_check import ask_links, read_known, remember

    now, targets = newsletter.clock.now(), list_targets(draft.rendered)
    known = read_known(newsletter.folder, now)
    bar = click.progressbar(
        length=len(targets), label="requesting links", file=sys.stderr, hidden=not common().talks
    )

    async def ask() -> Mapping[str, LinkAnswer]:
        async with newsletter.make_fetcher() as fetcher:
            return await ask_links(targets, fetcher, known, lambda *_: bar.update(1))

    with bar:
        answers = asyncio.run(ask())
    remember(newsletter.folder, answers, now)
    return answers


def _as_json(
    week: str, findings: Sequence[Problem], answers: Mapping[str, LinkAnswer] | None
) -> dict[str, object]:
    listed = [{**finding.as_json(), "file": _file(week, finding)} for finding in findings]
    return {"week": week, "findings": listed, "links": answers}


def _file(week: str, finding: Problem) -> str:
    """Return the file to fix, or the folder it is in."""
    from pipeline.check.registry import LetterRule

    where = finding.rule.fix_in if isinstance(finding.rule, LetterRule) else ""
    return finding.path or where.replace("WEEK", week)


def _print(week: str, findings: Sequence[Problem]) -> None:
    """Print findings, errors first, each with its place, a suggested fix and the file to edit."""
    groups = {"error": ("stops the send", "red"), "warning": ("worth a look", "yellow")}
    width = max((len(finding.where) for finding in findings), default=0)
    counts = []
    for severity, (what, colour) in groups.items():
        found = [finding for finding in findings if finding.severity == severity]
        if not found:
            continue
        counts.append(count_noun(len(found), severity))
        click.echo(click.style(f"{severity}: {what}", fg=colour, bold=True))
        for finding in found:
            rule = click.style(f"[{finding.rule}]", dim=True)
            click.echo(f"  {finding.where:<{width}}  {finding.message} {rule}")
            file = _file(week, finding)
            place = f"{file}:{finding.line}" if finding.line else file
            click.echo(f"  {'':<{width}}  → {finding.fix}{f' ({place})' if place else ''}")
    say(f"{week}: {', '.join(counts) or 'nothing to fix'}")
