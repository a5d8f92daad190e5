"""CSV: the options that say how cells end, are escaped and are matched with columns."""

from tests.spark.streams import Input, outcome, run_batches

SCHEMA = "a STRING, b STRING, c STRING, _corrupt_record STRING"

CASES = {
    "unescaped": (
        'x,a"b,c\nx,"a"b,c\n"x,y\nz",b,c\n',
        [
            {"unescapedQuoteHandling": "STOP_AT_DELIMITER"},
            {"unescapedQuoteHandling": "RAISE_ERROR"},
        ],
    ),
    "escape": (
        '"a\\"b","c\\\\",d\n"a""b",c,d\n',
        [
            {},
            {"escape": '"'},
            {"charToEscapeQuoteEscaping": "\\"},
        ],
    ),
    "header": (
        "b,a,c\n1,2,3\n",
        [
            {"header": True},
            {"header": True, "enforceSchema": False},
        ],
    ),
    "lines": ("1,2,3|4,5,6|", [{"lineSep": "|"}, {"lineSep": "\n"}]),
    "columns": (
        "1,2,3\n1,2,3,4\n1\n",
        [
            {"maxColumns": 3},
            {"maxColumns": 2},
            {"columnPruning": False},
        ],
    ),
    "empty": (
        ',"",x\n',
        [
            {},
            {"emptyValue": "E"},
            {"nullValue": "N", "emptyValue": "E"},
            {"nullValue": "x"},
        ],
    ),
    "separators": (
        "1||2||3\n1\t2\t3\n1;2;3\n",
        [
            {"sep": "||"},
            {"delimiter": "\\t"},
            {"sep": ";"},
        ],
    ),
    "locale": ("1,2,3\n", [{"locale": "de-DE"}]),
    "comments": ("#x,y,z\na,#b,c\n\n  \nd,e,f\n", [{"comment": "#"}, {}]),
}


def run(spark, folder):
    answer = []
    for name, (text, choices) in CASES.items():
        rows = Input(folder, name, "csv")
        rows.add_text(text)
        for number, chosen in enumerate(choices):
            read = rows.read(spark, SCHEMA, **chosen)
            query = f"{name}{number}"

            def ran(read=read, query=query, chosen=chosen):
                answer.append([query, run_batches(read, folder, name=query)[1:2]])

            error = outcome(ran)
            if error != ["done"]:
                answer.append([query, "fails"])
    return answer
