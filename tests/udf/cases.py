"""Cases: programs with user functions, run here and on real Spark.

Each takes a session and gives a DataFrame of few rows. `describe` says what came
of it: columns and rows, or the error. Nothing here but the public API of Spark.
"""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.functions import arrow_udf, col, lit, pandas_udf, udf, when
from pyspark.sql.types import IntegerType, LongType, StructType

Case = Callable[[Any], Any]
CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def describe(spark: Any, build: Case) -> dict[str, Any]:
    """The columns and rows of a case, or its error."""
    try:
        frame = build(spark)
        rows = [repr(tuple(row)) for row in frame.collect()]
    except Exception as error:
        return {"error": _error_text(error)}
    columns = [f"{f.name}: {f.dataType.simpleString()}" for f in frame.schema.fields]
    return {"columns": columns, "rows": rows}


def _error_text(error: Exception) -> str:
    """Class, condition and, of a Python error, the line that says what it was."""
    text = str(error).split("JVM stacktrace")[0]
    condition = re.search(r"\[([A-Z_0-9.]+)\]", text)
    parts = [type(error).__name__, condition[1] if condition else ""]
    if "Traceback" in text:
        told = text.split("\n SQLSTATE")[0].split(" SQLSTATE: 38000")[0].rstrip()
        lines = told.splitlines()
        parts.append(next(line for line in reversed(lines) if _is_raised(line)))
    return "|".join(parts)


def _is_raised(line: str) -> bool:
    return bool(
        re.match(r"[A-Za-z_][\w.]*(Error|Exit|Interrupt|Exception|Invalid)", line)
    )


# --- where a function may stand -----------------------------------------------


def increase(n: int) -> int:
    return n + 1


def fail(n: int) -> int:
    raise ValueError("mine")


def numbers(spark: Any, count: int = 5) -> Any:
    return spark.range(0, count, 1, 1)


plus_one = udf(increase, LongType(), useArrow=False)
plus_one_arrow = udf(increase, LongType(), useArrow=True)


@case
def column_is_named_after_the_function(spark: Any) -> Any:
    return numbers(spark).select(plus_one("id"), plus_one_arrow(col("id") * 2))


@case
def lambda_is_named_so(spark: Any) -> Any:
    return numbers(spark).select(udf(lambda n: n, "long")("id"))


@case
def keywords(spark: Any) -> Any:
    weigh = udf(lambda a, b=10: a * 100 + b, "long", useArrow=False)
    return numbers(spark, 2).select(weigh(b=col("id"), a=lit(1)), weigh("id", b=lit(3)))


@case
def keywords_with_arrow(spark: Any) -> Any:
    weigh = udf(lambda a, b=10: a * 100 + b, "long", useArrow=True)
    return numbers(spark, 2).select(weigh(b=col("id"), a=lit(1)), weigh("id", b=lit(3)))


@case
def keywords_with_pandas(spark: Any) -> Any:
    weigh = pandas_udf(lambda a, b: a * 100 + b, "long")
    return numbers(spark, 2).select(weigh(b=col("id"), a=lit(1)))


@case
def no_arguments(spark: Any) -> Any:
    return numbers(spark, 2).select(
        udf(lambda: 7, "int", useArrow=False)(), udf(lambda: 8, "int", useArrow=True)()
    )


@case
def nested_calls(spark: Any) -> Any:
    return numbers(spark, 2).select(plus_one(plus_one("id")))


@case
def nested_calls_skip_the_types_between(spark: Any) -> Any:
    text = udf(lambda n: f"x{n}", "int", useArrow=False)
    kind = udf(lambda v: type(v).__name__, "string", useArrow=False)
    return numbers(spark, 1).select(kind(text("id")))


@case
def nested_arrow_calls_skip_the_types_between(spark: Any) -> Any:
    text = udf(lambda n: f"x{n}", "int", useArrow=True)
    kind = udf(lambda v: type(v).__name__, "string", useArrow=True)
    return numbers(spark, 1).select(kind(text("id")))


@case
def nested_calls_of_two_kinds(spark: Any) -> Any:
    text = udf(lambda n: f"x{n}", "int", useArrow=False)
    kind = udf(lambda v: type(v).__name__, "string", useArrow=True)
    return numbers(spark, 1).select(kind(text("id")))


@case
def calls_inside_other_expressions(spark: Any) -> Any:
    return numbers(spark).select(
        (plus_one("id") * 2 + plus_one(col("id") + 1)).alias("v")
    )


@case
def filters(spark: Any) -> Any:
    even = udf(lambda n: n % 2 == 0, "boolean")
    return numbers(spark).filter(even("id"))


@case
def filters_with_guard(spark: Any) -> Any:
    safe = udf(lambda n: 10 // n > 3, "boolean", useArrow=False)
    return numbers(spark).filter((col("id") > 0) & safe("id"))


@case
def filter_after_the_call_guards_it(spark: Any) -> Any:
    inverse = udf(lambda n: 12 // n, "long", useArrow=False)
    return numbers(spark).withColumn("v", inverse("id")).filter("id > 0")


@case
def unused_column_is_not_computed(spark: Any) -> Any:
    return numbers(spark).withColumn("v", udf(fail, "int")("id")).select("id")


@case
def conditional_does_not_guard(spark: Any) -> Any:
    inverse = udf(lambda n: 12 // n, "long", useArrow=False)
    return numbers(spark).select(when(col("id") > 0, inverse("id")).alias("v"))


@case
def group_keys(spark: Any) -> Any:
    parity = udf(lambda n: n % 2, "long")
    return numbers(spark).groupBy(parity("id").alias("p")).count().orderBy("p")


@case
def group_key_selected_again(spark: Any) -> Any:
    spark.udf.register("parity", lambda n: n % 2, "long")
    return spark.sql(
        "SELECT parity(id), sum(id) FROM range(0, 5, 1, 1)"
        " GROUP BY parity(id) ORDER BY 1"
    )


@case
def aggregate_arguments(spark: Any) -> Any:
    from pyspark.sql.functions import count, sum as total

    return numbers(spark).agg(
        total(plus_one("id")), count(plus_one_arrow("id")), plus_one(total("id"))
    )


@case
def having(spark: Any) -> Any:
    spark.udf.register("big", lambda n: n > 4, "boolean")
    return spark.sql(
        "SELECT id % 2 AS k, sum(id) AS s FROM range(0, 5, 1, 1)"
        " GROUP BY id % 2 HAVING big(sum(id)) ORDER BY k"
    )


@case
def sort_keys(spark: Any) -> Any:
    return numbers(spark).orderBy(udf(lambda n: -n, "long")("id"))


@case
def join_on_one_side_each(spark: Any) -> Any:
    left, right = numbers(spark, 3).toDF("a"), numbers(spark, 4).toDF("b")
    return left.join(right, plus_one("a") == col("b")).orderBy("a")


@case
def join_on_both_sides(spark: Any) -> Any:
    left, right = numbers(spark, 3).toDF("a"), numbers(spark, 3).toDF("b")
    differ = udf(lambda a, b: a < b, "boolean")
    return left.join(right, differ("a", "b")).orderBy("a", "b")


@case
def outer_join_on_one_side(spark: Any) -> Any:
    left, right = numbers(spark, 3).toDF("a"), numbers(spark, 2).toDF("b")
    return left.join(right, plus_one("a") == col("b"), "left").orderBy("a")


@case
def outer_join_on_both_sides(spark: Any) -> Any:
    left, right = numbers(spark, 3).toDF("a"), numbers(spark, 2).toDF("b")
    return left.join(right, udf(lambda a, b: a < b, "boolean")("a", "b"), "left")


@case
def struct_result_expands(spark: Any) -> Any:
    split = udf(lambda n: (n, f"x{n}"), "struct<n:int,s:string>")
    return numbers(spark, 2).select(split("id").alias("v")).select("v.*", "v")


@case
def struct_of_pandas(spark: Any) -> Any:
    @pandas_udf("a long, b string")
    def split(s: pd.Series) -> pd.DataFrame:
        return pd.DataFrame({"a": s, "b": s.astype(str)})

    return numbers(spark, 2).select(split("id").alias("v")).select("v.*")


@case
def type_hints_choose_the_kind(spark: Any) -> Any:
    @pandas_udf("long")
    def add(parts: Iterator[tuple[pd.Series, pd.Series]]) -> Iterator[pd.Series]:
        for left, right in parts:
            yield left + right

    return numbers(spark, 3).select(add("id", col("id") * 10))


@case
def iterator_of_series(spark: Any) -> Any:
    @pandas_udf("long")
    def count_on(parts: Iterator[pd.Series]) -> Iterator[pd.Series]:
        seen = 0
        for part in parts:
            yield part + seen
            seen += 100

    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "2")
    frame = numbers(spark).select(count_on("id").alias("v"))
    return spark.createDataFrame(frame.collect(), frame.schema).coalesce(1)


@case
def iterator_that_stops_early(spark: Any) -> Any:
    @pandas_udf("long")
    def first(parts: Iterator[pd.Series]) -> Iterator[pd.Series]:
        yield next(parts)

    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "2")
    return numbers(spark).select(first("id").alias("v"))


@case
def iterator_that_gives_too_much(spark: Any) -> Any:
    @pandas_udf("long")
    def twice(parts: Iterator[pd.Series]) -> Iterator[pd.Series]:
        for part in parts:
            yield part
            yield part

    return numbers(spark).select(twice("id").alias("v"))


@case
def arrow_function(spark: Any) -> Any:
    @arrow_udf("long")
    def double(values: pa.Array) -> pa.Array:
        return pc.multiply(values, 2)

    return numbers(spark, 3).select(double("id"))


@case
def arrow_function_of_another_type(spark: Any) -> Any:
    @arrow_udf("string")
    def same(values: pa.Array) -> pa.Array:
        return values

    return numbers(spark, 2).select(same("id"))


@case
def arrow_iterator(spark: Any) -> Any:
    @arrow_udf("long")
    def double(parts: Iterator[pa.Array]) -> Iterator[pa.Array]:
        for part in parts:
            yield pc.multiply(part, 2)

    return numbers(spark, 3).select(double("id"))


@case
def arrow_function_of_wrong_length(spark: Any) -> Any:
    return numbers(spark, 3).select(
        arrow_udf(lambda v: v.slice(1), "long")("id").alias("v")
    )


@case
def arrow_function_of_a_number(spark: Any) -> Any:
    return numbers(spark, 3).select(arrow_udf(lambda v: 5, "long")("id").alias("v"))


@case
def map_in_pandas(spark: Any) -> Any:
    def repeat(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for frame in frames:
            yield pd.DataFrame({"b": frame.id * 2, "a": frame.id.astype(str)})
            yield frame.head(1).assign(a="first", b=0)[["a", "b"]]

    return numbers(spark, 3).mapInPandas(repeat, "a string, b long")


@case
def map_in_pandas_misses_a_column(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(lambda fs: (f for f in fs), "id long, x long")


@case
def map_in_pandas_of_another_type(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(
        lambda fs: (f.assign(id="x") for f in fs), "id long"
    )


@case
def map_in_pandas_of_numbers(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(lambda fs: (5 for f in fs), "id long")


@case
def map_in_pandas_not_iterable(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(lambda fs: 5, "id long")


@case
def map_in_pandas_list(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(lambda fs: list(fs), "id long")


@case
def map_in_pandas_by_position(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(
        lambda fs: (pd.DataFrame([[1, "x"]]) for f in fs), "a long, b string"
    )


@case
def map_in_pandas_extra_column(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(
        lambda fs: (f.assign(x=1) for f in fs), "id long"
    )


@case
def map_in_pandas_nothing(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(lambda fs: (f.head(0) for f in fs), "id long")


@case
def map_in_pandas_empty_frame(spark: Any) -> Any:
    return numbers(spark, 3).mapInPandas(
        lambda fs: (pd.DataFrame() for f in fs), "id long"
    )


@case
def map_in_pandas_nested(spark: Any) -> Any:
    frame = numbers(spark, 1).selectExpr(
        "named_struct('x', id) AS s", "array(id) AS l", "map('k', id) AS m"
    )

    def show(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for part in frames:
            yield pd.DataFrame({"t": [repr(part.iloc[0].to_dict())]})

    return frame.mapInPandas(show, "t string")


@case
def map_in_arrow(spark: Any) -> Any:
    def keep(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield batch.filter(pc.greater(batch.column("id"), 1))

    return numbers(spark, 4).mapInArrow(keep, "id long")


@case
def map_in_arrow_of_another_type(spark: Any) -> Any:
    return numbers(spark, 3).mapInArrow(lambda bs: (b for b in bs), "id string")


@case
def map_in_arrow_of_other_names(spark: Any) -> Any:
    return numbers(spark, 3).mapInArrow(lambda bs: (b for b in bs), "x long")


@case
def map_in_arrow_of_too_few(spark: Any) -> Any:
    return numbers(spark, 3).mapInArrow(lambda bs: (b for b in bs), "id long, x long")


@case
def map_in_arrow_of_tables(spark: Any) -> Any:
    return numbers(spark, 3).mapInArrow(
        lambda bs: (pa.Table.from_batches([b]) for b in bs), "id long"
    )


@case
def map_in_arrow_then_udf(spark: Any) -> Any:
    return (
        numbers(spark, 3)
        .mapInArrow(lambda bs: (b for b in bs), "id long")
        .select(plus_one("id"))
        .filter(plus_one("increase(id)") > 2)
    )


@case
def registered(spark: Any) -> Any:
    spark.udf.register("inc", plus_one)
    spark.udf.register("Shout", lambda s: s.upper() + "!")
    return spark.sql("SELECT inc(1), Shout('a'), inc(inc(2)) AS x")


@case
def registered_by_keyword(spark: Any) -> Any:
    spark.udf.register("weigh", lambda a, b: a * 100 + b, "long")
    return spark.sql("SELECT weigh(b => 1, a => 2), weigh(3, b => 4) AS x")


@case
def registered_pandas(spark: Any) -> Any:
    spark.udf.register("twice", pandas_udf(lambda s: s * 2, "long"))
    return numbers(spark, 2).selectExpr("twice(id)", "twice(twice(id)) AS x")


@case
def registered_over_a_builtin(spark: Any) -> Any:
    spark.udf.register("upper", lambda s: "mine", "string")
    return spark.sql("SELECT upper('a') AS v")


@case
def registered_called_by_name(spark: Any) -> Any:
    from pyspark.sql.functions import call_udf

    spark.udf.register("inc", plus_one)
    return numbers(spark, 2).select(call_udf("inc", col("id")))


@case
def unknown_function(spark: Any) -> Any:
    return spark.sql("SELECT nowhere(1)")


@case
def wrong_number_of_arguments(spark: Any) -> Any:
    return numbers(spark).select(plus_one("id", "id"))


@case
def nondeterministic_calls_are_two(spark: Any) -> Any:
    import itertools

    counter = itertools.count()
    draw = udf(lambda: next(counter), "long").asNondeterministic()
    return numbers(spark, 2).select((draw() != draw()).alias("differ"))


@case
def equal_calls_are_one(spark: Any) -> Any:
    import random

    draw = udf(lambda n: random.random(), "double")
    return numbers(spark, 2).select((draw("id") == draw("id")).alias("same"))


@case
def raises(spark: Any) -> Any:
    return numbers(spark).select(udf(fail, "int", useArrow=False)("id"))


@case
def raises_with_arrow(spark: Any) -> Any:
    return numbers(spark).select(udf(fail, "int", useArrow=True)("id"))


@case
def exits(spark: Any) -> Any:
    return numbers(spark).select(
        udf(lambda n: sys.exit(3), "int", useArrow=False)("id")
    )


@case
def exits_with_pandas(spark: Any) -> Any:
    return numbers(spark).select(pandas_udf(lambda s: exit(), "int")("id"))


@case
def stops_iteration(spark: Any) -> Any:
    return numbers(spark).select(
        udf(lambda n: next(iter(())), "int", useArrow=False)("id")
    )


@case
def stops_iteration_with_arrow(spark: Any) -> Any:
    return numbers(spark).select(
        udf(lambda n: next(iter(())), "int", useArrow=True)("id")
    )


@case
def schema_as_a_type(spark: Any) -> Any:
    data_type = StructType().add("a", IntegerType()).add("b", IntegerType(), False)
    return numbers(spark, 1).select(udf(lambda n: (1, 2), data_type)("id").alias("v"))


@case
def window_over_a_call(spark: Any) -> Any:
    from pyspark.sql.functions import window

    moment = udf(lambda n: datetime.datetime(2024, 1, 1, 0, n), "timestamp")
    frame = numbers(spark).groupBy(window(moment("id"), "2 minutes")).count()
    return frame.orderBy("window").selectExpr("cast(window.start as string) s", "count")


@case
def limit_of_a_call(spark: Any) -> Any:
    return numbers(spark, 100).select(plus_one("id").alias("v")).limit(2)


@case
def distinct_and_union(spark: Any) -> Any:
    half = udf(lambda n: n // 2, "long")
    frame = numbers(spark).select(half("id").alias("v"))
    return frame.union(frame).distinct().orderBy("v")


@case
def aggregating_function_is_another_thing(spark: Any) -> Any:
    @pandas_udf("double")
    def mean(s: pd.Series) -> float:
        return float(s.mean())

    return numbers(spark).groupBy().agg(mean("id"))
