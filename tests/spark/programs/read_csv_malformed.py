"""CSV: too few fields, too many, of the wrong type, in each mode."""

from tests.spark.streams import Input, batches, finish, outcome, run_batches, start

TEXT = """1,a,1.5
2,b
3,c,2.5,extra
x,d,3.5

4,"e ""quoted"" , comma",1e3
5,,
6,g,NaN
"7","h",-Inf
"""


def run(spark, folder):
    rows = Input(folder, suffix="csv")
    rows.add_text(TEXT)
    schema = "n INT, s STRING, d DOUBLE"
    kept = rows.read(
        spark, f"{schema}, broken STRING", columnNameOfCorruptRecord="broken"
    )
    failing = rows.read(spark, schema, mode="FAILFAST")
    query, found = start(failing, folder, name="failing")
    return [
        *run_batches(kept, folder, name="kept"),
        *run_batches(rows.read(spark, schema), folder, name="plain"),
        *run_batches(
            rows.read(spark, schema, mode="DROPMALFORMED"), folder, name="dropped"
        ),
        outcome(lambda: finish(query)),
        *batches(query, found),
    ]
