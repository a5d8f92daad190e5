"""Bad frames: reads, writes and DataFrame calls that are refused, and broken files."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.sql.connect.functions import col, lit, sum as sum_of

from tests.client.bad_answers import CASES

__all__ = ["CONTENTS", "truncated_parquet"]

SCHEMA = "a INT, b STRING"


def table(spark: Any) -> Any:
    return spark.sql("select 1 a, 'x' b union all select 2, 'y'")


def enter(name: str, ask: Callable[[Any, Path], Any]) -> None:
    CASES[name] = ask


# --- calls on a DataFrame -------------------------------------------------------

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "select an unknown column": lambda s, f: f.select("q").collect(),
    "item of an unknown column": lambda s, f: f.select(f["q"]).collect(),
    "column of another frame": lambda s, f: f.select(table(s)["a"]).collect(),
    "filter by a broken text": lambda s, f: f.filter("a +").collect(),
    "filter by an integer column": lambda s, f: f.filter(col("a")).collect(),
    "group by an unknown column": lambda s, f: f.groupBy("q").count().collect(),
    "aggregate by an unknown name": lambda s, f: f.agg({"a": "frob"}).collect(),
    "sum of a string column by name": lambda s, f: f.groupBy().sum("b").collect(),
    "aggregate in select beside a column": lambda s, f: f.select(
        "a", sum_of("a")
    ).collect(),
    "aggregate in filter": lambda s, f: f.filter(sum_of("a") > 1).collect(),
    "join on an unknown column": lambda s, f: f.join(f, "q").collect(),
    "join of an unknown kind": lambda s, f: f.join(f, "a", "frob").collect(),
    "join with itself on its column": lambda s, f: (
        f.join(f, f["a"] == f["a"]).select(f["a"]).collect()
    ),
    "join then an ambiguous name": lambda s, f: f.crossJoin(f).select("a").collect(),
    "union of other counts of columns": lambda s, f: f.union(f.select("a")).collect(),
    "union of other types of columns": lambda s, f: (
        f.select("a").union(s.sql("select array(1)")).collect()
    ),
    "union by name without a column": lambda s, f: f.unionByName(
        f.select("a")
    ).collect(),
    "too few names": lambda s, f: f.toDF("q").collect(),
    "sort by an unknown column": lambda s, f: f.sort("q").collect(),
    "limit below zero": lambda s, f: f.limit(-1).collect(),
    "offset below zero": lambda s, f: f.offset(-1).collect(),
    "repartition to zero": lambda s, f: f.repartition(0).collect(),
    "expression with an open alias": lambda s, f: f.selectExpr("a as").collect(),
    "cast to an unknown type": lambda s, f: f.select(col("a").cast("frob")).collect(),
    "field of a column": lambda s, f: f.select(col("a").getField("q")).collect(),
    "drop duplicates of an unknown column": lambda s, f: f.dropDuplicates(
        ["q"]
    ).collect(),
    "fill an unknown column": lambda s, f: f.fillna(0, subset=["q"]).collect(),
    "column renamed to another": lambda s, f: (
        f.withColumnRenamed("a", "b").select("b").collect()
    ),
    "watermark on an unknown column": lambda s, f: f.withWatermark(
        "q", "1 minute"
    ).collect(),
    "watermark on a string": lambda s, f: f.withWatermark("b", "1 minute").collect(),
    "watermark of no interval": lambda s, f: (
        f.select(lit(0).cast("timestamp").alias("t"))
        .withWatermark("t", "frob")
        .collect()
    ),
    "watermark of an unknown unit": lambda s, f: f.withWatermark(
        "a", "5 frobs"
    ).collect(),
    "watermark below zero": lambda s, f: (
        f.selectExpr("timestamp'2024-01-01' t")
        .withWatermark("t", "-1 minute")
        .collect()
    ),
    "unknown table by name": lambda s, f: s.table("frobs").collect(),
    "broken table name": lambda s, f: s.table("a b").collect(),
    "view that is there": lambda s, f: [f.createTempView("v1"), f.createTempView("v1")],
    "view name with a dot": lambda s, f: f.createTempView("a.b"),
    "drop of an unknown view": lambda s, f: s.catalog.dropTempView("frob"),
    "unknown setting": lambda s, f: s.conf.get("spark.frob"),
    "static setting": lambda s, f: s.conf.set("spark.sql.warehouse.dir", "/x"),
    "setting of the launch": lambda s, f: s.conf.set("spark.master", "local"),
    "setting of no number": lambda s, f: s.conf.set(
        "spark.sql.shuffle.partitions", "x"
    ),
    "setting below its range": lambda s, f: s.conf.set(
        "spark.sql.shuffle.partitions", "0"
    ),
    "setting of no boolean": lambda s, f: s.conf.set("spark.sql.ansi.enabled", "frob"),
    "setting of no zone": lambda s, f: s.conf.set("spark.sql.session.timeZone", "Frob"),
    "range of step zero": lambda s, f: s.range(0, 5, 0).collect(),
    "argument that is not there": lambda s, f: s.sql("select :x", {"y": 1}).collect(),
    "frame of a bad schema text": lambda s, f: s.createDataFrame([(1,)], "a FROB"),
    "frame of other types": lambda s, f: s.createDataFrame([("x",)], "a INT").collect(),
    "stream written of no stream": lambda s, f: f.writeStream.format("noop").start(),
}
for _name, _call in CALLS.items():
    enter(_name, lambda spark, folder, call=_call: call(spark, table(spark)))


# --- reads ----------------------------------------------------------------------

READS: dict[str, Callable[[Any, Any], Any]] = {
    "read a missing folder": lambda r, p: r.schema(SCHEMA).json(p + "/nowhere"),
    "infer from a missing folder": lambda r, p: r.json(p + "/nowhere"),
    "read parquet from a missing folder": lambda r, p: r.parquet(p + "/nowhere"),
    "read a pattern without match": lambda r, p: r.schema(SCHEMA).json(p + "/*.frob"),
    "read a missing folder beside another": lambda r, p: r.schema(SCHEMA).json(
        [p, p + "/nowhere"]
    ),
    "read without a path": lambda r, p: r.schema(SCHEMA).format("json").load(),
    "read an unknown format": lambda r, p: r.format("frob").load(p),
    "read parquet from an empty folder": lambda r, p: r.parquet(p + "/none"),
    "infer json from an empty folder": lambda r, p: r.json(p + "/none"),
    "read csv from an empty folder": lambda r, p: r.csv(p + "/none"),
    "schema of an unknown type": lambda r, p: r.schema("a FROB").json(p),
    "schema without a type": lambda r, p: r.schema("a").json(p),
    "schema of nothing": lambda r, p: r.schema("").json(p),
    "schema with an open bracket": lambda r, p: r.schema("a ARRAY<INT").json(p),
    "schema with a column twice": lambda r, p: r.schema("a INT, a INT").json(p),
    "schema of a text file of two columns": lambda r, p: r.schema(SCHEMA).text(p),
    "schema of a text file of integer": lambda r, p: r.schema("a INT").text(p),
    "csv of an array": lambda r, p: r.schema("a ARRAY<INT>").csv(p),
    "bad mode": lambda r, p: r.schema(SCHEMA).option("mode", "frob").json(p),
    "bad timestampFormat": lambda r, p: (
        r.schema("a TIMESTAMP").option("timestampFormat", "bbbb").json(p)
    ),
    "bad dateFormat": lambda r, p: (
        r.schema("a DATE").option("dateFormat", "YYYY-bb").csv(p)
    ),
    "bad multiLine": lambda r, p: r.schema(SCHEMA).option("multiLine", "frob").json(p),
    "bad header": lambda r, p: r.schema(SCHEMA).option("header", "frob").csv(p),
    "bad encoding": lambda r, p: r.schema(SCHEMA).option("encoding", "frob").json(p),
    "bad encoding of csv": lambda r, p: (
        r.schema(SCHEMA).option("encoding", "frob").csv(p)
    ),
    "bad quote": lambda r, p: r.schema(SCHEMA).option("quote", "ab").csv(p),
    "bad escape": lambda r, p: r.schema(SCHEMA).option("escape", "ab").csv(p),
    "bad separator": lambda r, p: r.schema(SCHEMA).option("sep", "").csv(p),
    "bad comment": lambda r, p: r.schema(SCHEMA).option("comment", "ab").csv(p),
    "bad maxColumns": lambda r, p: r.schema(SCHEMA).option("maxColumns", "x").csv(p),
    "bad samplingRatio": lambda r, p: r.option("samplingRatio", "x").json(p),
    "bad line separator": lambda r, p: r.schema(SCHEMA).option("lineSep", "").json(p),
    "corrupt column of integer": lambda r, p: r.schema(
        "a INT, _corrupt_record INT"
    ).json(p),
    "corrupt column alone": lambda r, p: (
        r.schema("a INT, _corrupt_record STRING").json(p).select("_corrupt_record")
    ),
    "bad modifiedAfter": lambda r, p: (
        r.schema(SCHEMA).option("modifiedAfter", "frob").json(p)
    ),
    "bad recursiveFileLookup": lambda r, p: (
        r.schema(SCHEMA).option("recursiveFileLookup", "frob").json(p)
    ),
    "bad zone": lambda r, p: r.schema("a TIMESTAMP").option("timeZone", "Frob").json(p),
}


def _read(spark: Any, folder: Path, read: Callable[[Any, Any], Any]) -> Any:
    (folder / "in" / "none").mkdir(parents=True)
    for ending in ("json", "csv"):
        (folder / "in" / f"1.{ending}").write_text('{"a": 1, "b": "x"}\n')
    return read(spark.read, str(folder / "in")).collect()


for _name, _read_call in READS.items():
    enter(_name, lambda spark, folder, read=_read_call: _read(spark, folder, read))


# --- writes ---------------------------------------------------------------------

WRITES: dict[str, Callable[[Any, Any, str], Any]] = {
    "save to a path that is there": lambda s, f, p: f.write.parquet(p),
    "save by an unknown mode": lambda s, f, p: f.write.mode("frob").parquet(p),
    "save in an unknown format": lambda s, f, p: f.write.format("frob").save(p),
    "save without a path": lambda s, f, p: f.write.format("parquet").save(),
    "save by an unknown partition column": lambda s, f, p: f.write.partitionBy(
        "q"
    ).parquet(p + "/new"),
    "save partitioned by every column": lambda s, f, p: f.write.partitionBy(
        "a", "b"
    ).parquet(p + "/new"),
    "save two columns as text": lambda s, f, p: f.write.text(p + "/new"),
    "save an integer as text": lambda s, f, p: f.select("a").write.text(p + "/new"),
    "save an array as csv": lambda s, f, p: s.sql("select array(1) q").write.csv(
        p + "/new"
    ),
    "save a column twice": lambda s, f, p: f.selectExpr("a", "a as A").write.parquet(
        p + "/new"
    ),
    "save by an unknown compression": lambda s, f, p: f.write.option(
        "compression", "frob"
    ).parquet(p + "/new"),
    "save json by an unknown compression": lambda s, f, p: f.write.option(
        "compression", "frob"
    ).json(p + "/new"),
    "save below a file": lambda s, f, p: f.write.parquet(p + "/file/new"),
    "save with rows that fail": lambda s, f, p: f.selectExpr(
        "1 / (a - 2) q"
    ).write.parquet(p + "/new"),
}


def _write(spark: Any, folder: Path, write: Callable[[Any, Any, str], Any]) -> Any:
    (folder / "out").mkdir()
    (folder / "out" / "file").write_text("")
    write(spark, table(spark), str(folder / "out"))
    found = (folder / "out").rglob("*")
    return sorted({path.suffix for path in found if path.is_file()})


for _name, _write_call in WRITES.items():
    enter(_name, lambda spark, folder, call=_write_call: _write(spark, folder, call))


# --- broken files, in each mode ---------------------------------------------------

CONTENTS: dict[str, tuple[str, bytes]] = {
    "malformed json": ("json", b'{"a": 1, "b": "x"}\n{"a": 2\n{"a": 3, "b": "z"}\n'),
    "json of wrong types": ("json", b'{"a": "w", "b": "x"}\n{"a": 1.7, "b": 2}\n'),
    "json with duplicate keys": ("json", b'{"a": 1, "a": 2, "b": "x"}\n'),
    "json too large for INT": ("json", b'{"a": 3000000000, "b": "x"}\n'),
    "json of no objects": ("json", b'1\n"x"\nnull\n[{"a": 1}, {"a": 2}]\n'),
    "json of broken UTF-8": (
        "json",
        b'{"a": 1, "b": "\xff\xfe"}\n{"a": 2, "b": "y"}\n',
    ),
    "json behind a BOM": ("json", b'\xef\xbb\xbf{"a": 1, "b": "x"}\n{"a": 2}\n'),
    "empty json": ("json", b""),
    "json of blank lines": ("json", b"\n  \n"),
    "json with a nul": ("json", b'{"a": 1, "b": "x\x00"}\n{"a": 2}\n'),
    "csv of wrong types": ("csv", b"1,x\nw,y\n3,z\n"),
    "csv of too few and too many": ("csv", b"1\n2,y\n3,z,q\n"),
    "csv too large for INT": ("csv", b"3000000000,x\n1.7,y\n"),
    "csv with an open quote": ("csv", b'1,"x\n2,y\n'),
    "csv of broken UTF-8": ("csv", b"1,\xff\xfe\n2,y\n"),
    "csv behind a BOM": ("csv", b"\xef\xbb\xbf1,x\n2,y\n"),
    "empty csv": ("csv", b""),
    "csv of blank lines": ("csv", b"\n\n1,x\n"),
}
MODES = ("PERMISSIVE", "DROPMALFORMED", "FAILFAST")


def _broken(spark: Any, folder: Path, name: str, mode: str) -> Any:
    ending, content = CONTENTS[name]
    (folder / f"1.{ending}").write_bytes(content)
    schema = SCHEMA + (", _corrupt_record STRING" if mode == "PERMISSIVE" else "")
    reader = spark.read.schema(schema).format(ending).option("mode", mode)
    if ending == "csv":
        reader = reader.option("columnNameOfCorruptRecord", "_corrupt_record")
    return reader.load(str(folder)).collect()


for _content in CONTENTS:
    for _mode in MODES:
        enter(
            f"{_content}, {_mode}",
            lambda spark, folder, name=_content, mode=_mode: _broken(
                spark, folder, name, mode
            ),
        )


def truncated_parquet(spark: Any, folder: Path) -> Path:
    """A parquet file whose second half is gone."""
    table(spark).coalesce(1).write.parquet(str(folder / "whole"))
    whole = next((folder / "whole").glob("*.parquet")).read_bytes()
    (folder / "parquet").mkdir()
    broken = folder / "parquet" / "1.parquet"
    broken.write_bytes(whole[: len(whole) // 2])
    return broken


def _vanishing(spark: Any, folder: Path, ending: str) -> Any:
    table(spark).coalesce(1).write.format(ending).save(str(folder / "in"))
    frame = spark.read.schema(SCHEMA).format(ending).load(str(folder / "in"))
    frame.schema  # noqa: B018
    for part in (folder / "in").glob("part-*"):
        part.unlink()
    return frame.collect()


def _gzip(spark: Any, folder: Path) -> Any:
    whole = gzip.compress(b'{"a": 1}\n' * 1000, mtime=0)
    (folder / "1.json.gz").write_bytes(whole[: len(whole) // 2])
    return spark.read.schema("a INT").json(str(folder)).count()


def _other_type(spark: Any, folder: Path) -> Any:
    table(spark).write.parquet(str(folder / "in"))
    return spark.read.schema("b INT").parquet(str(folder / "in")).collect()


def _no_parquet(spark: Any, folder: Path) -> Any:
    (folder / "1.parquet").write_text("these are words and nothing else")
    return spark.read.schema(SCHEMA).parquet(str(folder)).collect()


enter(
    "truncated parquet",
    lambda spark, folder: (
        spark.read.schema(SCHEMA)
        .parquet(str(truncated_parquet(spark, folder).parent))
        .collect()
    ),
)
enter(
    "truncated parquet, inferred",
    lambda spark, folder: spark.read.parquet(
        str(truncated_parquet(spark, folder).parent)
    ).collect(),
)
enter("words as parquet", _no_parquet)
enter("parquet of another type", _other_type)
enter("truncated gzip", _gzip)
for _ending in ("json", "csv", "parquet"):
    enter(
        f"{_ending} that vanished",
        lambda spark, folder, ending=_ending: _vanishing(spark, folder, ending),
    )
