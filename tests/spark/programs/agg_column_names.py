"""Aggregation: the names that columns get of themselves."""

from tests.spark.streams import Input, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    rows.events(spark, "k STRING, b BOOLEAN").createOrReplaceTempView("named_rows")
    calls = [
        "count(*)",
        "count(1)",
        "count(k, value)",
        "sum(value + 1)",
        "avg(value) / 2",
    ]
    calls += [
        "first(k)",
        "first(k, true)",
        "last_value(k)",
        "any_value(k)",
        "max(k || 'x')",
    ]
    calls += ["count(*) FILTER (WHERE value > 1)", "sum(value) FILTER (WHERE b)"]
    calls += [
        "percentile(value, 0.5)",
        "percentile_approx(value, 0.5)",
        "median(value)",
    ]
    calls += ["mode(value)", "max_by(k, value)", "std(value)", "variance(value)"]
    calls += [
        "collect_list(k)",
        "array_agg(k)",
        "listagg(k, ',')",
        "every(b)",
        "some(b)",
    ]
    calls += [
        "approx_count_distinct(k)",
        "bit_xor(value)",
        "count_if(b)",
        "corr(value, 1)",
    ]
    calls += ["regr_slope(value, value)", "try_sum(value)", "covar_pop(value, value)"]
    calls += ["skewness(value)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY value)"]
    keys = [
        "window(time, '1 hour')",
        "session_window(time, '1 hour')",
        "upper(k)",
        "1 + 1",
    ]
    answer = []
    for call in calls:
        frame = spark.sql(f"SELECT {call} FROM named_rows")
        answer.append([call, *frame.columns])
    for key in keys:
        frame = spark.sql(f"SELECT {key}, count(*) FROM named_rows GROUP BY {key}")
        answer.append([key, *frame.columns])
    return answer
