"""File sink: the text of the files under the options of each format."""

import bz2
import gzip
from pathlib import Path

from tests.spark.streams import AVAILABLE_NOW, Input, finish

CASES = {
    "plain json": ("json", {}),
    "json, nulls kept": ("json", {"ignoreNullFields": "false"}),
    "json, gzip": ("json", {"compression": "gzip"}),
    "json, times": (
        "json",
        {"timestampFormat": "yyyy/MM/dd HH:mm", "dateFormat": "dd.MM.yyyy"},
    ),
    "json, zone": ("json", {"timeZone": "Asia/Tokyo"}),
    "json, separator": ("json", {"lineSep": "|"}),
    "csv": ("csv", {}),
    "csv, header": ("csv", {"header": "true", "sep": ";", "nullValue": "none"}),
    "csv, times": (
        "csv",
        {"timestampFormat": "yyyy/MM/dd HH:mm", "dateFormat": "dd.MM.yyyy"},
    ),
    "csv, bzip2": ("csv", {"compression": "bzip2", "quoteAll": "true"}),
    "csv, separator": ("csv", {"lineSep": "|"}),
    "csv, latin": ("csv", {"encoding": "ISO-8859-1"}),
}


def run(spark, folder):
    rows = Input(folder)
    rows.add({"s": 'é, "q"', "i": 1, "t": "2026-01-02T03:04:05.678Z"})
    rows.add({"s": None, "i": None, "t": None})
    frame = rows.read(spark, "s STRING, i INT, t TIMESTAMP")
    frame = frame.selectExpr("*", "CAST(t AS DATE) AS d", "i * 0.5D AS h")
    answer = []
    for number, (name, (kind, options)) in enumerate(CASES.items()):
        output = Path(folder, f"output-{number}")
        writer = frame.writeStream.format(kind).options(**options)
        writer = writer.option("checkpointLocation", f"{folder}/checkpoint-{number}")
        finish(writer.trigger(**AVAILABLE_NOW).start(str(output)))
        parts = sorted(map(text, output.glob("part-*")))
        answer.append([name, *parts])
    return answer


def text(path):
    opened = {".gz": gzip.decompress, ".bz2": bz2.decompress}
    data = path.read_bytes()
    return opened.get(path.suffix, bytes)(data).decode("latin-1")
