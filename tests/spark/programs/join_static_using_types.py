"""Joins: `using` keys of every type."""

from tests.spark.static_joins import each
from tests.spark.streams import Input

VALUES = {
    "boolean": (True, False),
    "tinyint": (1, -1),
    "smallint": (300, -300),
    "int": (1, 2),
    "bigint": (2**40, 7),
    "float": (0.5, 1.5),
    "double": (0.1, 2.5),
    "decimal(12,2)": ("1.50", "2.25"),
    "string": ("a", ""),
    "binary": ("a", "b"),
    "date": ("2026-01-01", "1969-12-31"),
    "timestamp": ("2026-01-01 00:00:00", "1969-12-31 23:59:59.999999"),
    "timestamp_ntz": ("2026-01-01 00:00:00", "1969-12-31 23:59:59.999999"),
}


def run(spark, folder):
    columns = {f"c{number}": kind for number, kind in enumerate(VALUES)}
    casts = [f"CAST({name} AS {kind}) AS {name}" for name, kind in columns.items()]
    found = dict(zip(columns, (str(one) for one, _ in VALUES.values()), strict=True))
    other = dict(zip(columns, (str(two) for _, two in VALUES.values()), strict=True))
    rows = Input(folder)
    rows.add(found, other)
    rows.add({}, found)
    read = rows.read(spark, ", ".join(f"{name} STRING" for name in columns))
    texts = spark.createDataFrame([tuple(found.values())], list(found))
    table = texts.selectExpr(*casts)
    both = read.selectExpr(*casts)
    for name in columns:
        beside = table.selectExpr(name, f"'found' AS of_{name}")
        both = both.join(beside, name, "left")
    all_keys = read.selectExpr(*casts).join(table, list(columns), "left_anti")
    return each({"one by one": both, "all at once": all_keys}, folder)
