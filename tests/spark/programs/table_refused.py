"""Tables: what does not fit, is not there, or is there already."""

from tests.spark.streams import AVAILABLE_NOW, Input, finish, outcome

TABLE = "table_refused"
MISSING = "table_refused_missing"
VIEW = "table_refused_view"


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1})
    spark.sql("SELECT 1 AS n").createOrReplaceTempView(VIEW)
    cases = batches(spark) | streams(spark, rows, folder)
    try:
        return [[name, *outcome(act)] for name, act in cases.items()]
    finally:
        spark.sql(f"DROP TABLE IF EXISTS {TABLE}")
        spark.catalog.dropTempView(VIEW)


def batches(spark):
    def insert(query, name=TABLE):
        return lambda: spark.sql(query).write.insertInto(name)

    def save(query, name, mode="error", **options):
        return lambda: spark.sql(query).write.mode(mode).saveAsTable(name, **options)

    def over(frame, act):
        return lambda: act(frame().write.mode("overwrite"))

    return {
        "made": save("SELECT 'x' AS k, 1 AS v", TABLE),
        "there already": save("SELECT 1 AS a", TABLE),
        "missing": lambda: spark.table(MISSING).collect(),
        "missing for insert": insert("SELECT 1 AS n", MISSING),
        "too few": insert("SELECT 'x' AS k"),
        "too many": insert("SELECT 'x' AS k, 1 AS v, 2 AS w"),
        "text for a number": insert("SELECT 'x' AS k, 'y' AS v"),
        "date for a number": insert("SELECT 'x' AS k, DATE'2026-01-01' AS v"),
        "into a view": insert("SELECT 1 AS n", VIEW),
        "over itself": over(
            lambda: spark.table(TABLE), lambda w: w.insertInto(TABLE, True)
        ),
        "saved over itself": over(
            lambda: spark.table(TABLE), lambda w: w.saveAsTable(TABLE)
        ),
        "other format": save("SELECT 'x' AS k, 1 AS v", TABLE, "append", format="json"),
        "no such schema": save("SELECT 1 AS a", "table_refused_schema.t"),
        "bad name": save("SELECT 1 AS a", "`table-refused`"),
        "drop of none": lambda: spark.sql(f"DROP TABLE {MISSING}"),
        "no such column": lambda: spark.sql(
            "CREATE TABLE tr (a INT) USING json PARTITIONED BY (z)"
        ),
        "no column left": lambda: spark.sql(
            "CREATE TABLE tr (a INT) USING json PARTITIONED BY (a)"
        ),
    }


def streams(spark, rows, folder):
    frame = rows.read(spark, "k STRING, v INT")

    def write(name, **options):
        writer = frame.writeStream.trigger(**AVAILABLE_NOW)
        writer = writer.option("checkpointLocation", f"{folder}/{len(options)}{name}")
        return lambda: finish(writer.toTable(name, **options))

    return {
        "missing stream": lambda: spark.readStream.table(MISSING).schema,
        "stream, other format": write(TABLE, format="json"),
        "stream into a view": write(VIEW),
    }
