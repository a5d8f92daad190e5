"""State: keys of every type, as they are kept."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches

_KEYS = {
    "flag": "v > 1",
    "tiny": "CAST(v AS TINYINT)",
    "small": "CAST(v AS SMALLINT)",
    "long": "CAST(v AS BIGINT) * 4294967296",
    "real": "CAST(v AS FLOAT) / 2",
    "double": "IF(v = 1, CAST('NaN' AS DOUBLE), -0.0D * v)",
    "decimal": "CAST(v AS DECIMAL(9, 2)) / 4",
    "wide": "CAST(v AS DECIMAL(38, 0)) * 10000000000000000000",
    "day": "DATE'1969-12-30' + v",
    "time": "TIMESTAMP'1969-12-31 23:59:59.999999Z' + MAKE_DT_INTERVAL(0, 0, 0, v)",
    "local": "TIMESTAMP_NTZ'2026-01-01 00:00:00' + MAKE_DT_INTERVAL(v)",
    "text": "REPEAT(k, v * 10)",
    "bytes": "ENCODE(k, 'utf-8')",
    "list": "IF(v = 3, NULL, ARRAY(v, NULL))",
    "struct": "STRUCT(k, v)",
    "nested": "ARRAY(STRUCT(k AS a, ARRAY(v) AS b))",
}


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "é", "v": 2}, {"k": "", "v": 3})
    rows.add({"k": "a", "v": 1}, {"k": None, "v": None})
    answer = []
    for name, key in _KEYS.items():
        frame = rows.read(spark, "k STRING, v INT").groupBy(f.expr(key).alias(name))
        run_batches(frame.count(), folder, "update", name=name)
        state = spark.read.format("statestore").load(f"{folder}/{name}-checkpoint")
        found = sorted(map(list, state.select("key.*", "value.*").collect()), key=repr)
        answer.append([state.schema["key"].dataType.simpleString(), found])
    return answer
