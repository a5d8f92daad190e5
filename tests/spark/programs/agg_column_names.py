"""Aggregation: the names that columns get of themselves."""

from tests.spark.streams import Input, at

CALLS = """
count(*); count(1); count(k, value); sum(value + 1); avg(value) / 2; max(k || 'x')
first(k); first(k, true); last_value(k); any_value(k); std(value); variance(value)
count(*) FILTER (WHERE value > 1); sum(value) FILTER (WHERE b); collect_list(k)
percentile(value, 0.5); percentile_approx(value, 0.5); median(value); mode(value)
max_by(k, value); array_agg(k); listagg(k, ','); every(b); some(b); skewness(value)
approx_count_distinct(k); bit_xor(value); count_if(b); corr(value, 1); try_sum(value)
regr_slope(value, value); covar_pop(value, value)
percentile_cont(0.5) WITHIN GROUP (ORDER BY value)
"""
KEYS = ("window(time, '1 hour')", "session_window(time, '1 hour')", "upper(k)", "1 + 1")


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    rows.events(spark, "k STRING, b BOOLEAN").createOrReplaceTempView("named_rows")
    answer = []
    for call in CALLS.strip().replace("\n", "; ").split("; "):
        frame = spark.sql(f"SELECT {call} FROM named_rows")
        answer.append([call, *frame.columns])
    for key in KEYS:
        frame = spark.sql(f"SELECT {key}, count(*) FROM named_rows GROUP BY {key}")
        answer.append([key, *frame.columns])
    return answer
