"""Bad streams: starts that are refused, runs that fail, checkpoints that are broken."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.client.bad_answers import CASES, answer, case
from tests.client.bad_frames import CONTENTS, SCHEMA, truncated_parquet

__all__ = ["Folders"]


class Folders:
    """Where a case's stream reads, writes and keeps its checkpoint."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.input, self.output = root / "in", root / "out"
        self.checkpoint = root / "checkpoint"
        self.input.mkdir(exist_ok=True)

    def add(self, number: int, text: str | bytes | None = None, end: str = "") -> Path:
        """A file of one row, later than those before it."""
        content = text if text is not None else f'{{"a": {number}, "b": "x"}}\n'
        data = content.encode() if isinstance(content, str) else content
        path = self.input / f"{number}.{end or 'json'}"
        path.write_bytes(data)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
        return path

    def read(self, spark: Any, ending: str = "json", **options: Any) -> Any:
        reader = spark.readStream.schema(SCHEMA).format(ending)
        reader = reader.option("maxFilesPerTrigger", 1).options(**options)
        return reader.load(str(self.input))

    def written(self, spark: Any, schema: str = SCHEMA) -> Any:
        rows = spark.read.schema(schema).json(str(self.output)).collect()
        return sorted(str(tuple(row)) for row in rows)

    def run(self, spark: Any, frame: Any = None, **settings: Any) -> Any:
        """Run all there is, to a folder of JSON; how it ended."""
        frame = self.read(spark) if frame is None else frame
        writer = frame.writeStream.format(settings.get("format", "json"))
        writer = writer.outputMode(settings.get("mode", "append"))
        writer = writer.option("path", str(self.output))
        writer = writer.option("checkpointLocation", str(self.checkpoint))
        return answer(lambda: finish(writer))


def finish(writer: Any) -> Any:
    query = writer.trigger(availableNow=True).start()
    try:
        ended = query.awaitTermination(60)
        return "finished" if ended else "did not end"
    finally:
        query.stop()


def stream(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(1)
    return folders.read(spark)


# --- refusals -------------------------------------------------------------------


def start(frame: Any, folder: Path, mode: str = "append", sink: str = "noop") -> Any:
    writer = frame.writeStream.format(sink).outputMode(mode).queryName("q")
    writer = writer.option("checkpointLocation", str(folder / "checkpoint"))
    if sink not in ("noop", "memory", "console"):
        writer = writer.option("path", str(folder / "out"))
    return finish(writer)


TIMED = "timestamp_seconds(a) t"
SHAPES: dict[str, Callable[[Any, Any, Path], Any]] = {
    "collect of a stream": lambda s, f, p: f.collect(),
    "count of a stream": lambda s, f, p: f.count(),
    "show of a stream": lambda s, f, p: f.show(),
    "write of a stream": lambda s, f, p: f.write.format("noop").mode("append").save(),
    "complete without aggregation": lambda s, f, p: start(f, p, "complete"),
    "append of an aggregation": lambda s, f, p: start(f.groupBy("a").count(), p),
    "append of a global aggregation": lambda s, f, p: start(f.groupBy().count(), p),
    "append of a window without watermark": lambda s, f, p: start(
        f.selectExpr(TIMED).groupBy("t").count(), p
    ),
    "append with a watermark elsewhere": lambda s, f, p: start(
        f.selectExpr(TIMED, "a").withWatermark("t", "1 minute").groupBy("a").count(), p
    ),
    "update to files": lambda s, f, p: start(f, p, "update", "json"),
    "complete to files": lambda s, f, p: start(
        f.groupBy("a").count(), p, "complete", "json"
    ),
    "unknown output mode": lambda s, f, p: start(f, p, "frob"),
    "sort in append": lambda s, f, p: start(f.sort("a"), p),
    "sort in update": lambda s, f, p: start(
        f.groupBy("a").count().sort("a"), p, "update"
    ),
    "limit in update": lambda s, f, p: start(
        f.groupBy("a").count().limit(1), p, "update"
    ),
    "offset of a stream": lambda s, f, p: start(f.offset(1), p),
    "two aggregations in complete": lambda s, f, p: start(
        f.groupBy("a").count().groupBy("count").count(), p, "complete"
    ),
    "two aggregations in update": lambda s, f, p: start(
        f.groupBy("a").count().groupBy("count").count(), p, "update"
    ),
    "distinct aggregate on a stream": lambda s, f, p: start(
        s_sql(s, f, "select b, count(distinct a) from f group by b"),
        p,
        "complete",
    ),
    "union with a batch": lambda s, f, p: start(f.union(s.sql("select 1, 'x'")), p),
    "ranking on a stream": lambda s, f, p: start(
        s_sql(s, f, "select a, row_number() over (order by a) n from f"), p
    ),
    "stream in a subquery": lambda s, f, p: start(
        s_sql(s, f, "select * from f where a in (select a from f)"), p
    ),
    "two watermarks on a column": lambda s, f, p: start(
        f.selectExpr(TIMED)
        .withWatermark("t", "1 minute")
        .withWatermark("t", "2 minutes")
        .groupBy("t")
        .count(),
        p,
    ),
    "unknown column of a stream": lambda s, f, p: start(f.select("q"), p),
    "files without path": lambda s, f, p: (
        f.writeStream.format("json")
        .option("checkpointLocation", str(p / "checkpoint"))
        .start()
    ),
    "files without checkpoint": lambda s, f, p: (
        f.writeStream.format("json").option("path", str(p / "out")).start()
    ),
    "memory without name": lambda s, f, p: f.writeStream.format("memory").start(),
    "start without format": lambda s, f, p: f.writeStream.start(),
    "unknown sink": lambda s, f, p: start(f, p, sink="frob"),
    "stream into text of two columns": lambda s, f, p: start(f, p, sink="text"),
    "stream into csv of arrays": lambda s, f, p: start(
        f.selectExpr("array(a) q"), p, sink="csv"
    ),
    "unknown partition column of a stream": lambda s, f, p: (
        f.writeStream.format("json")
        .partitionBy("q")
        .option("checkpointLocation", str(p / "checkpoint"))
        .option("path", str(p / "out"))
        .start()
    ),
    "stream partitioned by every column": lambda s, f, p: finish(
        f.writeStream.format("json")
        .partitionBy("a", "b")
        .option("checkpointLocation", str(p / "checkpoint"))
        .option("path", str(p / "out"))
    ),
    "query name twice": lambda s, f, p: [
        f.writeStream.format("noop").queryName("twice").start().isActive,
        f.writeStream.format("noop").queryName("twice").start().isActive,
    ],
    "unknown trigger interval": lambda s, f, p: triggered(f, processingTime="frob"),
    "trigger below zero": lambda s, f, p: triggered(f, processingTime="-1 second"),
    "trigger of months": lambda s, f, p: triggered(f, processingTime="1 month"),
    "trigger of an unknown unit": lambda s, f, p: triggered(f, processingTime="1 frob"),
    "empty trigger": lambda s, f, p: triggered(f, processingTime=""),
    "trigger of nothing": lambda s, f, p: triggered(f),
    "available now that is not": lambda s, f, p: triggered(f, availableNow=False),
    "negative watermark of a stream": lambda s, f, p: start(
        f.selectExpr(TIMED).withWatermark("t", "-1 minute"), p
    ),
    "watermark of a stream on integer": lambda s, f, p: start(
        f.withWatermark("a", "1 minute"), p
    ),
    "checkpoint that is a file": lambda s, f, p: [
        (p / "checkpoint").write_text("a file"),
        start(f, p),
    ],
    "output that is a file": lambda s, f, p: [
        (p / "out").write_text("a file"),
        start(f, p, sink="json"),
    ],
}


def triggered(frame: Any, **trigger: Any) -> Any:
    writer = frame.writeStream.format("noop").trigger(**trigger)
    return writer.start().isActive


def s_sql(spark: Any, frame: Any, text: str) -> Any:
    frame.createOrReplaceTempView("f")
    return spark.sql(text)


for _name, _shape in SHAPES.items():
    CASES[_name] = lambda spark, folder, shape=_shape: shape(
        spark, stream(spark, folder), folder
    )


OPTIONS: dict[str, dict[str, Any]] = {
    "maxFilesPerTrigger zero": {"maxFilesPerTrigger": "0"},
    "maxFilesPerTrigger below zero": {"maxFilesPerTrigger": "-1"},
    "maxFilesPerTrigger no number": {"maxFilesPerTrigger": "x"},
    "maxBytesPerTrigger zero": {"maxBytesPerTrigger": "0"},
    "maxBytesPerTrigger no number": {"maxBytesPerTrigger": "x"},
    "maxFiles and maxBytes": {"maxFilesPerTrigger": "1", "maxBytesPerTrigger": "9"},
    "bad latestFirst": {"latestFirst": "frob"},
    "bad fileNameOnly": {"fileNameOnly": "frob"},
    "bad maxFileAge": {"maxFileAge": "frob"},
    "bad cleanSource": {"cleanSource": "frob"},
    "archive without a folder": {"cleanSource": "archive"},
    "bad mode of a stream": {"mode": "frob"},
    "bad timestampFormat of a stream": {"timestampFormat": "bbbb"},
    "bad pathGlobFilter": {"pathGlobFilter": "[x"},
}


def _with_options(spark: Any, folder: Path, options: dict[str, Any]) -> Any:
    folders = Folders(folder)
    folders.add(1)
    reader = spark.readStream.schema(SCHEMA).options(**options)
    return folders.run(spark, reader.json(str(folders.input)))


for _name, _options in OPTIONS.items():
    CASES[_name] = lambda spark, folder, options=_options: _with_options(
        spark, folder, options
    )


@case
def stream_without_schema(spark: Any, folder: Path) -> Any:
    return spark.readStream.json(str(folder)).isStreaming


@case
def stream_from_a_missing_folder(spark: Any, folder: Path) -> Any:
    frame = spark.readStream.schema(SCHEMA).json(str(folder / "nowhere"))
    return Folders(folder).run(spark, frame)


@case
def stream_without_a_path(spark: Any, folder: Path) -> Any:
    return spark.readStream.schema(SCHEMA).format("json").load().isStreaming


@case
def stream_of_an_unknown_format(spark: Any, folder: Path) -> Any:
    return spark.readStream.format("frob").load().isStreaming


@case
def stream_of_a_bad_schema(spark: Any, folder: Path) -> Any:
    return spark.readStream.schema("a FROB").json(str(folder)).isStreaming


# --- files that break a running query ---------------------------------------------


def _broken(spark: Any, folder: Path, name: str, mode: str) -> Any:
    """The file between two good ones; then it is deleted or made good."""
    ending, content = CONTENTS[name]
    folders = Folders(folder)
    good = {"json": '{"a": %d, "b": "g"}\n', "csv": "%d,g\n"}[ending]
    folders.add(7, good % 7, ending)
    path = folders.add(8, content, ending)
    folders.add(9, good % 9, ending)
    first = folders.run(spark, folders.read(spark, ending, mode=mode))
    seen = [first, folders.written(spark)]
    if first != "finished":
        path.write_text(good % 8)
        os.utime(path, (1_700_000_008, 1_700_000_008))
        again = folders.run(spark, folders.read(spark, ending, mode=mode))
        seen += [again, folders.written(spark)]
    return seen


for _content in ("malformed json", "json of broken UTF-8", "csv of wrong types"):
    for _mode in ("PERMISSIVE", "DROPMALFORMED", "FAILFAST"):
        CASES[f"stream of {_content}, {_mode}"] = (
            lambda spark, folder, name=_content, mode=_mode: _broken(
                spark, folder, name, mode
            )
        )
for _content in ("json behind a BOM", "empty json", "empty csv"):
    CASES[f"stream of {_content}"] = lambda spark, folder, name=_content: _broken(
        spark, folder, name, "FAILFAST"
    )


@case
def stream_of_truncated_parquet_that_is_deleted(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    broken = truncated_parquet(spark, folder)
    folders.input = broken.parent
    first = folders.run(spark, folders.read(spark, "parquet"))
    broken.unlink()
    return [first, folders.run(spark, folders.read(spark, "parquet"))]


@case
def division_by_zero_in_a_stream(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    for number in (1, 2, 3):
        folders.add(number)
    frame = folders.read(spark).selectExpr("1 div (a - 2) a", "b")
    first = folders.run(spark, frame)
    (folders.input / "2.json").unlink()
    again = folders.run(spark, frame)
    return [first, folders.written(spark), again]


@case
def overflow_in_a_stream(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(2)
    frame = folders.read(spark).selectExpr("a * 2147483647 a", "b")
    return [folders.run(spark, frame), folders.written(spark)]


@case
def cast_of_a_word_in_a_stream(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(2)
    return folders.run(spark, folders.read(spark).selectExpr("cast(b as int) a"))


def _function(spark: Any, folder: Path, batch: Any) -> Any:
    folders = Folders(folder)
    folders.add(1)
    writer = folders.read(spark).writeStream.foreachBatch(batch)
    writer = writer.option("checkpointLocation", str(folders.checkpoint))
    seen = [answer(lambda: finish(writer))]
    commits = folders.checkpoint / "commits"
    seen.append(sorted(p.name for p in commits.glob("[0-9]*")))
    return seen


@case
def batch_function_that_raises(spark: Any, folder: Path) -> Any:
    def fail(rows: Any, batch_id: int) -> None:
        raise ValueError("told")

    return _function(spark, folder, fail)


@case
def batch_function_that_exits(spark: Any, folder: Path) -> Any:
    def leave(rows: Any, batch_id: int) -> None:
        raise SystemExit(3)

    return _function(spark, folder, leave)


@case
def batch_function_with_a_bad_query(spark: Any, folder: Path) -> Any:
    def ask(rows: Any, batch_id: int) -> None:
        rows.select("q").collect()

    return _function(spark, folder, ask)


@case
def batch_function_of_one_argument(spark: Any, folder: Path) -> Any:
    def one(rows: Any) -> None: ...

    return _function(spark, folder, one)


# --- checkpoints ------------------------------------------------------------------


def _ruined(spark: Any, folder: Path, ruin: Callable[[Path], Any]) -> Any:
    """Two batches; the checkpoint is ruined; one more file, and a restart."""
    folders = Folders(folder)
    folders.add(1)
    folders.add(2)
    assert folders.run(spark) == "finished"
    ruin(folders.checkpoint)
    for crc in folders.checkpoint.rglob(".*.crc"):
        crc.unlink()
    folders.add(3)
    return [folders.run(spark), folders.written(spark)]


def _keep(path: Path, count: int) -> None:
    path.write_bytes(path.read_bytes()[:count])


def _planned(checkpoint: Path, change: Callable[[Path], Any]) -> None:
    (checkpoint / "commits" / "1").unlink()
    change(checkpoint / "offsets" / "1")


RUINS: dict[str, Callable[[Path], Any]] = {
    "empty metadata": lambda c: (c / "metadata").write_text(""),
    "metadata of words": lambda c: (c / "metadata").write_text("frob"),
    "metadata of another object": lambda c: (c / "metadata").write_text("{}"),
    "metadata gone": lambda c: (c / "metadata").unlink(),
    "empty offsets": lambda c: _planned(c, lambda p: p.write_text("")),
    "half of the offsets": lambda c: _planned(c, lambda p: _keep(p, 30)),
    "offsets of words": lambda c: _planned(c, lambda p: p.write_text("frob")),
    "offsets of another version": lambda c: _planned(
        c, lambda p: p.write_text(p.read_text().replace("v1", "v99"))
    ),
    "offsets without a source": lambda c: _planned(
        c, lambda p: p.write_text("\n".join(p.read_text().splitlines()[:2]))
    ),
    "offsets of two sources": lambda c: _planned(
        c, lambda p: p.write_text(p.read_text() + '\n{"logOffset":0}')
    ),
    "offset of words": lambda c: _planned(
        c, lambda p: p.write_text("\n".join([*p.read_text().splitlines()[:2], "frob"]))
    ),
    "offsets gone, commits there": lambda c: shutil.rmtree(c / "offsets"),
    "last offsets gone": lambda c: (c / "offsets" / "1").unlink(),
    "first offsets gone": lambda c: (c / "offsets" / "0").unlink(),
    "offsets with a hole": lambda c: (c / "offsets" / "1").rename(c / "offsets" / "5"),
    "empty commit": lambda c: (c / "commits" / "1").write_text(""),
    "commit of words": lambda c: (c / "commits" / "1").write_text("frob"),
    "commit of another version": lambda c: (c / "commits" / "1").write_text(
        'v99\n{"nextBatchWatermarkMs":0}'
    ),
    "last commit gone": lambda c: (c / "commits" / "1").unlink(),
    "all commits gone": lambda c: shutil.rmtree(c / "commits"),
    "foreign file beside the offsets": lambda c: (
        c / "offsets" / "notes.txt"
    ).write_text("frob"),
    "temporary file beside the offsets": lambda c: (
        c / "offsets" / ".2.0b1c.tmp"
    ).write_text("frob"),
    "empty source log": lambda c: (c / "sources" / "0" / "1").write_text(""),
    "half of the source log": lambda c: _keep(c / "sources" / "0" / "1", 30),
    "source log of another version": lambda c: (c / "sources" / "0" / "1").write_text(
        "v99\n"
    ),
    "source log gone": lambda c: shutil.rmtree(c / "sources"),
}
for _name, _ruin in RUINS.items():
    CASES[_name] = lambda spark, folder, ruin=_ruin: _ruined(spark, folder, ruin)


@case
def checkpoint_of_a_query_of_one_source_more(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(1)
    folders.run(spark)
    frame = folders.read(spark)
    return folders.run(spark, frame.union(folders.read(spark)))


@case
def checkpoint_of_a_query_of_one_source_less(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(1)
    folders.run(spark, folders.read(spark).union(folders.read(spark)))
    folders.add(2)
    return folders.run(spark)


@case
def checkpoint_of_a_query_without_state(spark: Any, folder: Path) -> Any:
    return _changed(
        spark, folder, lambda f: f, lambda f: f.groupBy("a").count(), "complete"
    )


@case
def checkpoint_of_a_query_with_state(spark: Any, folder: Path) -> Any:
    return _changed(
        spark, folder, lambda f: f.groupBy("a").count(), lambda f: f, "update"
    )


@case
def checkpoint_of_a_query_of_another_key(spark: Any, folder: Path) -> Any:
    return _changed(
        spark,
        folder,
        lambda f: f.groupBy("a").count(),
        lambda f: f.groupBy("b").count(),
        "update",
    )


@case
def checkpoint_of_a_query_of_another_aggregate(spark: Any, folder: Path) -> Any:
    return _changed(
        spark,
        folder,
        lambda f: f.groupBy("a").count(),
        lambda f: f.groupBy("a").agg({"b": "max"}),
        "update",
    )


def _changed(spark: Any, folder: Path, before: Any, after: Any, mode: str) -> Any:
    folders = Folders(folder)
    folders.add(1)
    seen = []
    for number, shape in enumerate((before, after)):
        folders.add(2 + number)
        frame = shape(folders.read(spark))
        used = mode if "count" in str(frame.columns) or mode == "update" else "append"
        seen.append(folders.run(spark, frame, format="noop", mode=used))
    return seen


@case
def memory_sink_that_is_started_again(spark: Any, folder: Path) -> Any:
    frame = stream(spark, folder)
    return [answer(lambda: start(frame, folder, sink="memory")) for _ in range(2)]


@case
def new_checkpoint_on_an_old_output(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(1)
    folders.run(spark)
    shutil.rmtree(folders.checkpoint)
    return [folders.run(spark), folders.written(spark)]


@case
def broken_log_of_the_output(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(1)
    folders.run(spark)
    (folders.output / "_spark_metadata" / "0").write_text("v1\nfrob")
    folders.add(2)
    return [folders.run(spark), answer(lambda: folders.written(spark))]


@case
def second_start_on_a_checkpoint(spark: Any, folder: Path) -> Any:
    frame = stream(spark, folder)
    writer = frame.writeStream.format("noop")
    writer = writer.option("checkpointLocation", str(folder / "checkpoint"))
    first, second = writer.start(), writer.start()
    seen = [first.isActive, second.isActive, first.id == second.id]
    second.stop()
    return seen


@case
def second_start_where_runs_are_kept(spark: Any, folder: Path) -> Any:
    spark.conf.set("spark.sql.streaming.stopActiveRunOnRestart", "false")
    frame = stream(spark, folder)
    writer = frame.writeStream.format("noop")
    writer = writer.option("checkpointLocation", str(folder / "checkpoint"))
    first = writer.start()
    second = answer(lambda: writer.start().isActive)
    return [first.isActive, second]


@case
def file_that_vanished_before_its_batch_ran_again(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(1)
    path = folders.add(2)
    folders.run(spark)
    (folders.checkpoint / "commits" / "1").unlink()
    path.unlink()
    folders.add(3)
    return [folders.run(spark), folders.written(spark)]


@case
def settings_of_the_checkpoint_win(spark: Any, folder: Path) -> Any:
    folders = Folders(folder)
    folders.add(1)
    folders.run(spark)
    lines = (folders.checkpoint / "offsets" / "0").read_text().splitlines()
    return "spark.sql.shuffle.partitions" in json.loads(lines[1])["conf"]
