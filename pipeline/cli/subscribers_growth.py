"""`weekly subscribers growth`: who joined and who left, as a table and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, json_option, open_newsletter, say
from pipeline.cli.outputs import check_picture, document, print_json

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter

SOURCES_SHOWN = 3
"""Sources of a week that a line of the table names; --json has all."""
_LEFT, _WIDE, _HIGH, _TOP = 56, 24, 230, 40
"""Of the picture: room for numbers, a week's width, the height of all bars, and what is above them."""


@command()
@click.option(
    "--weeks",
    type=click.IntRange(1, 520),
    default=26,
    show_default=True,
    metavar="N",
    help="How many weeks, up to the present one.",
)
@click.option(
    "--svg", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Also draw a picture."
)
@json_option
def growth(*, weeks: int, svg: Path | None, as_json: bool) -> None:
    """Count who joined and who left, week by week (UTC) and by source.

    Example: weekly subscribers growth --weeks 52 --svg growth.svg
    """
    from pipeline.cli.documents.newsletter import GrowthWeek
    from pipeline.cli.tables import print_table
    from pipeline.weeks import Week
    from subscribers.store.engine import make_query
    from subscribers.store.growth import read_growth

    newsletter = open_newsletter()
    check_picture(newsletter, svg)
    found = []
    if newsletter.has_store():
        found = read_growth(make_query(newsletter.engine), weeks, newsletter.clock.now())
    rows = [document(GrowthWeek, each, week=str(Week.of(each.monday.date()))) for each in found]
    if svg is not None and rows:
        _draw(newsletter, svg, rows)
    if as_json:
        print_json({"weeks": rows})
        return
    if rows:
        columns = ("week", "joined", "left", "readers", "joined from")
        shown = [
            (str(row["week"]), f"{each.joined:,}", f"{each.left:,}", f"{each.readers:,}", _name(each.sources))
            for row, each in zip(rows, found, strict=True)
        ]
        print_table(columns, shown, right=("joined", "left", "readers"))
    if svg is not None:
        say(f"{svg}: drawn" if rows else "there are no readers: nothing is drawn")


def _name(sources: object) -> str:
    named = list(sources.items()) if isinstance(sources, dict) else []
    words = [f"{source or 'unknown'} {count:,}" for source, count in named[:SOURCES_SHOWN]]
    return ", ".join([*words, "…"] if len(named) > SOURCES_SHOWN else words)


def _draw(newsletter: Newsletter, file: Path, rows: list[dict[str, object]]) -> None:
    from pipeline.files import replace_file
    from pipeline.render.jinja import fill

    joined, left = (max(int(str(row[name])) for row in rows) for name in ("joined", "left"))
    scale = _HIGH / max(1, joined + left)
    values = {"weeks": rows, "left": _LEFT, "wide": _WIDE, "scale": scale, "most": joined}
    values |= {"base": _TOP + round(joined * scale, 1), "every": 4}
    replace_file(file, fill(newsletter.templates, "web/growth.svg.j2", values))
