"""JSON: values that only an option can read."""

from tests.spark.streams import Input, run_batches

TEXT = """{"a": 1}
{'a': 2}
{a: 3}
{"a": 04}
{"a": NaN}
{"a": 5, "t": "06.03.2026 10:30", "d": "06/03/26"}
"""


def run(spark, folder):
    rows = Input(folder)
    rows.add_text(TEXT)
    schema = "a DOUBLE, t TIMESTAMP, d DATE"
    options = [
        {},
        {"timestampFormat": "dd.MM.yyyy HH:mm", "dateFormat": "dd/MM/yy"},
    ]
    answer = []
    for number, chosen in enumerate(options):
        read = rows.read(spark, schema, **chosen)
        answer += run_batches(read, folder, name=f"query{number}")[:2]
    return answer
