"""CSV: headers, separators, quotes, comments, blanks and null values."""

from tests.spark.streams import Input, run_batches

TEXT = """name;n;d
# a comment
'a;b';1;2026-01-02
 blanks ;2;
NULL;x;02.01.2026
'it\\'s';4;2026-03-04
"""


def run(spark, folder):
    rows = Input(folder, suffix="csv")
    rows.add_text(TEXT)
    rows.add_text("name;n;d\nlast;9;2026-05-06\n")
    common = {"sep": ";", "header": True, "quote": "'"}
    options = [
        {},
        {"comment": "#", "nullValue": "NULL"},
        {"ignoreLeadingWhiteSpace": True, "ignoreTrailingWhiteSpace": True},
        {"dateFormat": "dd.MM.yyyy", "header": False},
    ]
    answer = []
    for number, chosen in enumerate(options):
        read = rows.read(spark, "name STRING, n INT, d DATE", **{**common, **chosen})
        answer += run_batches(read, folder, name=f"query{number}")
    return answer
