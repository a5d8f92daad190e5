"""Joins: not-a-number is equal to itself, and zero to minus zero."""

from tests.spark.static_joins import each, kinds
from tests.spark.streams import Input


def run(spark, folder):
    rows = Input(folder)
    rows.add({"x": "NaN"}, {"x": "-0.0"}, {"x": "0.0"}, {"x": "Infinity"}, {})
    rows.add({"x": "-Infinity"}, {"x": "1.5"})
    read = rows.read(spark, "x STRING").selectExpr("CAST(x AS DOUBLE) AS x")
    table = spark.createDataFrame(
        [(float("nan"), "nan"), (0.0, "zero"), (-0.0, "minus"), (float("inf"), "inf")],
        "x DOUBLE, name STRING",
    )
    answer = kinds(
        lambda kind: read.join(table, "x", kind), folder, "inner", "left_anti"
    )
    narrow = read.selectExpr("CAST(x AS FLOAT) AS x")
    tables = table.selectExpr("CAST(x AS FLOAT) AS x", "name")
    return answer + each({"float": narrow.join(tables, "x", "left")}, folder)
