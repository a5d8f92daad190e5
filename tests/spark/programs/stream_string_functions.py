"""Stateless: strings."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"s": "Hello World", "n": 3}, {"s": "", "n": 0}, {"s": None, "n": 1})
    rows.add({"s": "  größe ☃ ", "n": -2}, {"s": "a,b,,c", "n": 2})
    frame = rows.read(spark, "s STRING, n INT").selectExpr(
        "upper(s)",
        "initcap(s)",
        "length(s)",
        "octet_length(s)",
        "trim(s)",
        "lpad(s, 5, '*')",
        "rpad(s, 3, '-')",
        "substring(s, n, 4)",
        "left(s, 2)",
        "right(s, 2)",
        "instr(s, 'o')",
        "locate('o', s, 6)",
        "replace(s, 'o', '0')",
        "translate(s, 'lo', 'L')",
        "reverse(s)",
        "repeat(s, 2)",
        "split(s, ',')",
        "split(s, ',', 2)",
        "concat_ws('|', s, 'x', NULL)",
        "regexp_replace(s, '[aeiou]+', '_')",
        "regexp_extract(s, '(\\\\w+) (\\\\w+)', 2)",
        "s RLIKE '^[a-z]'",
        "s LIKE '%o%'",
        "startswith(s, 'He')",
        "substring_index(s, ',', 2)",
        "ascii(s)",
        "base64(cast(s AS BINARY))",
        "md5(s)",
        "levenshtein(s, 'Hello')",
        "soundex(s)",
    )
    return run_batches(frame, folder)
