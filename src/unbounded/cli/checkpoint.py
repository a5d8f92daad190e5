"""Checkpoint commands: `unbounded checkpoint show` and `verify`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unbounded.cli.output import Table, show_facts, show_table

if TYPE_CHECKING:
    from unbounded.runtime.checkpoint_report import BatchEntry, CheckpointReport

__all__ = ["checkpoint_commands"]

checkpoint_commands = typer.Typer(
    help="Look at what a query keeps on disk.", no_args_is_help=True
)

Location = Annotated[
    str, typer.Argument(metavar="PATH", help="A query's checkpointLocation.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@checkpoint_commands.command("show")
def show(
    context: typer.Context,
    path: Location,
    batches: Annotated[
        int, typer.Option(help="How many of the newest batches.", min=0)
    ] = 5,
    as_json: AsJson = False,
) -> None:
    """Show a checkpoint: batches, sources, state, sizes, and what a start would do.

    Nothing is changed, and the query may be running. Exits with 2 where there is
    no checkpoint, or one whose files can't be read.
    """
    context.obj.append(partial(_show, path, batches, as_json))


@checkpoint_commands.command("verify")
def verify(context: typer.Context, path: Location, as_json: AsJson = False) -> None:
    """Check that a query can go on from a checkpoint: every file, every checksum.

    Says what is wrong, a line each, and exits with 1; with 0 where all is well, and
    with 2 where there is no checkpoint. Nothing is changed.
    """
    context.obj.append(partial(_verify, path, as_json))


def _verify(path: str, as_json: bool) -> int:
    from unbounded.clock import SystemClock
    from unbounded.errors import CheckpointError
    from unbounded.files import LocalFiles
    from unbounded.runtime.checkpoint_checks import verify_checkpoint
    from unbounded.runtime.checkpoint_report import is_checkpoint

    files, location = LocalFiles(), os.path.abspath(path)
    if not is_checkpoint(files, location):
        raise CheckpointError("CHECKPOINT_NOT_FOUND", path=location)
    findings = list(verify_checkpoint(files, location, SystemClock()))
    if as_json:
        found = [{"condition": f.condition, "message": str(f)} for f in findings]
        typer.echo(json.dumps({"location": location, "findings": found}, indent=2))
    elif findings:
        for finding in findings:
            typer.echo(str(finding))
    else:
        typer.echo(f"{location}: all is well.")
    return 1 if findings else 0


def _show(path: str, batch_count: int, as_json: bool) -> int:
    from unbounded.files import LocalFiles
    from unbounded.runtime.checkpoint_report import describe_checkpoint

    report = describe_checkpoint(LocalFiles(), os.path.abspath(path), batch_count)
    if as_json:
        typer.echo(json.dumps(_document(report), indent=2, ensure_ascii=False))
        return 0
    show_facts(_facts(report))
    for table in _tables(report):
        if table.rows:
            show_table(table)
    return 0


# --- for people ---------------------------------------------------------------


def _facts(report: CheckpointReport) -> Iterator[tuple[str, str]]:
    yield "checkpoint", report.location
    yield "query", report.query_id or "none yet"
    yield "running", "yes" if report.is_running else "no"
    yield "planned", _span(report.planned_ids)
    yield "done", _span(report.done_ids)
    if report.restart is not None:
        yield "watermark", _time(report.restart.watermark_ms)
    if report.has_spark_state:
        yield "state of Spark", "in the folder state; it is not read here"
    yield "a start", report.restart_text


def _tables(report: CheckpointReport) -> Iterator[Table]:
    yield Table(
        "Batches",
        ("batch", "planned", "watermark", "done", "offsets"),
        map(_batch_row, report.batches),
        numbers=("batch",),
    )
    yield Table(
        "Sources",
        ("source", "log", "end of the newest batch"),
        (
            (s.name, _span_of(s.first_id, s.last_id), s.end_offset or "-")
            for s in report.sources
        ),
        numbers=("source",),
    )
    yield Table(
        "State",
        ("operator", "kind", "store", "keys", "values"),
        (
            (
                str(o.operator_id),
                o.kind,
                o.store_name,
                ", ".join(f.name for f in o.shown_keys),
                ", ".join(f.name for f in o.value_fields),
            )
            for o in sorted(report.operators, key=lambda o: o.operator_id)
        ),
        numbers=("operator",),
    )
    yield Table(
        "Files",
        ("folder", "files", "bytes"),
        ((f.name, str(f.file_count), str(f.size_bytes)) for f in report.folders),
        numbers=("files", "bytes"),
    )
    yield Table("Settings", ("setting", "pinned to"), sorted(_settings(report).items()))


def _batch_row(batch: BatchEntry) -> tuple[str, ...]:
    if batch.planned is None:
        return (str(batch.batch_id), "no", "-", _yes(batch.commit), "-")
    return (
        str(batch.batch_id),
        _time(batch.planned.batch_timestamp_ms),
        _time(batch.planned.batch_watermark_ms),
        _yes(batch.commit),
        " ".join(offset or "-" for offset in batch.planned.offsets),
    )


def _settings(report: CheckpointReport) -> Mapping[str, str]:
    """What the newest batch is pinned to and another query would not be."""
    from unbounded.checkpoint import PINNED_CONFS

    pinned = next((b.planned for b in report.batches[::-1] if b.planned), None)
    confs = {} if pinned is None else pinned.conf
    return {k: v for k, v in confs.items() if PINNED_CONFS.get(k) != v}


def _yes(value: object) -> str:
    return "no" if value is None else "yes"


def _span(ids: tuple[int, ...]) -> str:
    return _span_of(ids[0], ids[-1]) if ids else "none"


def _span_of(first: int | None, last: int | None) -> str:
    if first is None:
        return "none"
    return str(first) if first == last else f"{first} to {last}"


def _time(time_ms: int) -> str:
    """In UTC, a fraction of a second only if there is one."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)
    fraction = f".{time_ms % 1000:03d}" if time_ms % 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


# --- for programs -------------------------------------------------------------


def _document(report: CheckpointReport) -> dict[str, Any]:
    restart = report.restart
    return {
        "location": report.location,
        "id": report.query_id,
        "isRunning": report.is_running,
        "planned": list(report.planned_ids),
        "done": list(report.done_ids),
        "batches": [_batch_document(batch) for batch in report.batches],
        "sources": [
            {"name": s.name, "lastLogId": s.last_id, "endOffset": s.end_offset}
            for s in report.sources
        ],
        "operators": [
            {
                "operatorId": o.operator_id,
                "operatorName": o.kind,
                "stateStoreName": o.store_name,
                "keys": [f.name for f in o.shown_keys],
                "values": [f.name for f in o.value_fields],
            }
            for o in report.operators
        ],
        "folders": {
            f.name: {"files": f.file_count, "bytes": f.size_bytes}
            for f in report.folders
        },
        "start": {
            "text": report.restart_text,
            "condition": None if report.refusal is None else report.refusal.condition,
            "batchId": None if restart is None else restart.batch_id,
            "isReplay": restart is not None and restart.replay is not None,
            "watermarkMs": None if restart is None else restart.watermark_ms,
        },
    }


def _batch_document(batch: BatchEntry) -> dict[str, Any]:
    planned, commit = batch.planned, batch.commit
    return {
        "batchId": batch.batch_id,
        "offsets": None if planned is None else list(planned.offsets),
        "batchWatermarkMs": None if planned is None else planned.batch_watermark_ms,
        "batchTimestampMs": None if planned is None else planned.batch_timestamp_ms,
        "conf": None if planned is None else dict(planned.conf),
        "nextBatchWatermarkMs": (
            None if commit is None else commit.next_batch_watermark_ms
        ),
    }
