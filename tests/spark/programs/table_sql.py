"""Tables: made, filled, shown and dropped by SQL."""

from tests.spark.streams import outcome

ONE, TWO, THREE = "table_sql_one", "table_sql_two", "table_sql_three"


def run(spark, folder):
    def do(text):
        return outcome(lambda: spark.sql(text).collect())

    def rows(name):
        table = spark.table(name)
        found = sorted(([*row] for row in table.collect()), key=repr)
        return [table.schema.simpleString(), *found]

    def shown():
        return [[*row] for row in spark.sql("SHOW TABLES LIKE 'table_sql*'").collect()]

    try:
        return [
            do(f"CREATE TABLE {ONE} (k STRING, v INT) USING parquet"),
            do(f"CREATE TABLE {ONE} (k STRING) USING parquet"),
            do(f"CREATE TABLE IF NOT EXISTS {ONE} (k STRING) USING parquet"),
            rows(ONE),
            do(f"INSERT INTO {ONE} VALUES ('a', 1), ('b', 2)"),
            do(f"INSERT INTO {ONE} (v, k) SELECT 3, 'c'"),
            do(f"INSERT INTO TABLE {ONE} BY NAME SELECT 4 AS v, 'd' AS k"),
            rows(ONE),
            do(f"INSERT OVERWRITE TABLE {ONE} SELECT 'z', 26"),
            rows(ONE),
            do(
                f"CREATE TABLE {TWO} USING json PARTITIONED BY (b) AS "
                "SELECT 1 AS a, 'x' AS b, 2 AS c"
            ),
            rows(TWO),
            do(f"INSERT INTO {TWO} SELECT 3, 4, 'y'"),
            rows(TWO),
            do(f"CREATE TABLE {THREE} (n INT) USING csv LOCATION '{folder}/outside'"),
            do(f"INSERT INTO {THREE} VALUES (7)"),
            rows(THREE),
            shown(),
            do(f"DROP TABLE {THREE}"),
            sorted([*row] for row in spark.read.csv(f"{folder}/outside").collect()),
            do(f"DROP TABLE {THREE}"),
            do(f"DROP TABLE IF EXISTS {THREE}"),
            shown(),
            [spark.catalog.tableExists(name) for name in (ONE, TWO, THREE)],
        ]
    finally:
        for name in (ONE, TWO, THREE):
            spark.sql(f"DROP TABLE IF EXISTS {name}")
