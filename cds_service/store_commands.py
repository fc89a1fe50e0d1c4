"""The commands about the store: migrate, report and retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec
from rich.console import Console

from cds_service.refusals import says_what_is_wrong
from cds_service.report.figures import Period
from cds_service.settings import Settings
from cds_service.store.opening import command_engine, migrate_store, reading, stored_comments
from cds_service.store.retention import delete_before

DATE = click.DateTime(["%Y-%m-%d"])
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.option("--down", metavar="REVISION", help="Move down to this revision; data may be lost.")
@says_what_is_wrong
def migrate(down: str | None) -> None:
    """Bring the schema of the store to the one that this program knows."""
    revision = migrate_store(Settings.from_environ(), down)
    click.echo(f"the schema of the store is at {revision}")


@click.command()
@click.option(
    "--from", "first", type=DATE, help="The first day (UTC); 30 days before the last if none."
)
@click.option("--to", "last", type=DATE, help="The last day; today if none.")
@click.option("--client", help="Of this client only.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@click.option("--html", "html", type=NEW_FILE, help="Write one self-contained page.")
@click.option("--comments", is_flag=True, help="Print what clinicians wrote; it may name patients.")
@says_what_is_wrong
def report(
    first: datetime | None,
    last: datetime | None,
    client: str | None,
    as_json: bool,
    html: Path | None,
    comments: bool,
) -> None:
    """Tell what the services said, what became of it, and which data were missing."""
    from cds_service.report import reading as rows
    from cds_service.report.counting import count
    from cds_service.report.page import page
    from cds_service.report.terminal import print_comments, print_report

    settings = Settings.from_environ()
    end = last or datetime.now(UTC)
    period = Period((first or end - timedelta(days=29)).date(), end.date(), client)
    with reading(settings) as connection:
        figures = count(connection, period)
        if comments:
            print_comments(Console(), rows.comments(connection, period), stored_comments(settings))
    if html is not None:
        html.write_text(page(figures), encoding="utf-8")
        click.echo(f"written: {html}", err=True)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(figures)))
    elif html is None and not comments:
        print_report(Console(), figures)


@click.command()
@click.option("--days", type=click.IntRange(1), required=True, help="How many days to keep.")
@says_what_is_wrong
def retention(days: int) -> None:
    """Delete audit and feedback that are older, for good."""
    cutoff = datetime.now(UTC) - timedelta(days=days)
    with command_engine(Settings.from_environ()) as engine:
        for table, rows in delete_before(engine, cutoff).items():
            click.echo(f"{table}: {rows} rows deleted")
