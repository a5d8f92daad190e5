"""Macros: Spark's rules that DuckDB has no function for, as SQL functions.

Created once when the database opens. A macro's arguments are put in as text,
so the templates hand in only short ones.
"""

from __future__ import annotations

__all__ = ["MACROS"]

_BLANK = r"[\x00-\x20]*"

# Java prints a number from 1e-3 to before 1e7 plainly and others as d.dddE±n.
# DuckDB prints the same shortest digits, so only the shape changes.
_NUMBER_TEXT = """
CREATE OR REPLACE MACRO {name}(x) AS CASE
    WHEN x IS NULL THEN NULL
    WHEN isnan(x) THEN 'NaN'
    WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    WHEN x = 0 OR (abs(x) >= 1e-3 AND abs(x) < 1e7) THEN CAST(x AS VARCHAR)
    ELSE spark_scientific(CAST(x AS VARCHAR))
END
"""

# `[interval] [sign] number unit …`; only seconds have a fraction.
_INTERVAL = (
    r"\s*(interval\s+)?([+-]?\s*((\d+(\.\d*)?|\.\d+)\s+seconds?|\d+\s+"
    r"(year|month|week|day|hour|minute|millisecond|microsecond)s?)(\s+|$))+"
)

MACROS: tuple[str, ...] = (
    """
CREATE OR REPLACE MACRO spark_mantissa(digits) AS
    left(digits, 1) || '.' ||
    CASE WHEN length(digits) = 1 THEN '0' ELSE substr(digits, 2) END
""",
    # '1.5e+20', '12345678.9' and '0.00012' as 1.5E20, 1.23456789E7 and 1.2E-4.
    """
CREATE OR REPLACE MACRO spark_scientific(t) AS
    CASE WHEN t[1] = '-' THEN '-' ELSE '' END || CASE
    WHEN contains(t, 'e') THEN
        spark_mantissa(replace(ltrim(split_part(t, 'e', 1), '-'), '.', ''))
        || 'E' || CAST(CAST(split_part(t, 'e', 2) AS INTEGER) AS VARCHAR)
    WHEN starts_with(ltrim(t, '-'), '0.') THEN
        spark_mantissa(ltrim(ltrim(t, '-'), '0.'))
        || 'E-' || CAST(
            length(ltrim(t, '-')) - 1 - length(ltrim(ltrim(t, '-'), '0.')) AS VARCHAR
        )
    ELSE
        spark_mantissa(coalesce(nullif(
            rtrim(replace(ltrim(t, '-'), '.', ''), '0'), ''), '0'))
        || 'E' || CAST(strpos(ltrim(t, '-'), '.') - 2 AS VARCHAR)
    END
""",
    _NUMBER_TEXT.format(name="spark_double_text"),
    _NUMBER_TEXT.format(name="spark_float_text"),
    """
CREATE OR REPLACE MACRO spark_bytes_text(b) AS
    '[' || rtrim(regexp_replace(hex(b), '(..)', '\\1 ', 'g')) || ']'
""",
    """
CREATE OR REPLACE MACRO spark_interval_text(us) AS
    'INTERVAL ''' || CASE WHEN us < 0 THEN '-' ELSE '' END
    || CAST(abs(us) // 86400000000 AS VARCHAR) || ' '
    || printf('%02d:%02d:%02d', abs(us) // 3600000000 % 24,
              abs(us) // 60000000 % 60, abs(us) // 1000000 % 60)
    || CASE WHEN us % 1000000 = 0 THEN ''
       ELSE '.' || rtrim(printf('%06d', abs(us) % 1000000), '0') END
    || ''' DAY TO SECOND'
""",
    """
CREATE OR REPLACE MACRO spark_months_text(m) AS
    'INTERVAL ''' || CASE WHEN m < 0 THEN '-' ELSE '' END
    || CAST(abs(m) // 12 AS VARCHAR) || '-' || CAST(abs(m) % 12 AS VARCHAR)
    || ''' YEAR TO MONTH'
""",
    f"""
CREATE OR REPLACE MACRO spark_to_boolean(t) AS
    CASE lower(regexp_extract(t, '^{_BLANK}(.*?){_BLANK}$', 1))
    WHEN 't' THEN TRUE WHEN 'true' THEN TRUE WHEN 'y' THEN TRUE
    WHEN 'yes' THEN TRUE WHEN '1' THEN TRUE
    WHEN 'f' THEN FALSE WHEN 'false' THEN FALSE WHEN 'n' THEN FALSE
    WHEN 'no' THEN FALSE WHEN '0' THEN FALSE END
""",
    """
CREATE OR REPLACE MACRO spark_to_float(x) AS
    coalesce(TRY_CAST(x AS FLOAT),
             CASE WHEN x > 0 THEN CAST('Infinity' AS FLOAT)
                  WHEN x < 0 THEN CAST('-Infinity' AS FLOAT) END)
""",
    """
CREATE OR REPLACE MACRO spark_floor_div(a, b) AS
    a // b - CASE WHEN a % b <> 0 AND (a % b < 0) <> (b < 0) THEN 1 ELSE 0 END
""",
    # The earlier moment when the clock shows `t` twice: the one by the offset
    # that held a day before, if it shows `t` too. `spark_offset_at` is that offset.
    """
CREATE OR REPLACE MACRO spark_offset_at(moment_us, zone) AS
    epoch_us(timezone(zone, make_timestamptz(moment_us))) - (moment_us)
""",
    """
CREATE OR REPLACE MACRO spark_instant(t, zone) AS
    list_transform([timezone(zone, t)], lambda late: list_transform(
        [make_timestamptz(
            epoch_us(t) - spark_offset_at(epoch_us(late) - 86400000000, zone))],
        lambda early: CASE WHEN early = late OR timezone(zone, early) <> t
            THEN late ELSE early END)[1])[1]
""",
    """
CREATE OR REPLACE MACRO spark_date_of_text(t) AS
    TRY_CAST(CASE
        WHEN regexp_full_match(trim(t), '[+-]?[0-9]{4,7}') THEN trim(t) || '-01-01'
        WHEN regexp_full_match(trim(t), '[+-]?[0-9]{4,7}-[0-9]{1,2}')
        THEN trim(t) || '-01' END AS DATE)
""",
    # DuckDB wants minutes after hours.
    """
CREATE OR REPLACE MACRO spark_local_of_text(t) AS
    TRY_CAST(CASE WHEN regexp_full_match(t, '[^:]*[ T][0-9]{1,2}')
             THEN t || ':00' ELSE rtrim(t, '.') END AS TIMESTAMP)
""",
    """
CREATE OR REPLACE MACRO spark_short_local_of_text(t) AS
    CAST(spark_date_of_text(t) AS TIMESTAMP)
""",
    # Group 1 is the wall clock, group 2 the zone.
    r"""
CREATE OR REPLACE MACRO spark_zoned_part(t, part) AS
    regexp_extract(t, '^[\x00-\x20]*[+]?(-?[0-9]{4,7}-[0-9]{1,2}-[0-9]{1,2}[ T]'
        || '(?:[01]?[0-9]|2[0-3]):[0-9]{1,2}:[0-9]{1,2}(?:[.][0-9]{0,6})?)[0-9]* ?'
        || '([A-Za-z+-][A-Za-z0-9/_:+-]*)[\x00-\x20]*$', part)
""",
    """
CREATE OR REPLACE MACRO spark_other_local_of_text(t) AS
    coalesce(spark_short_local_of_text(t),
        spark_local_of_text(spark_zoned_part(t, 1)))
""",
    r"""
CREATE OR REPLACE MACRO spark_zone_offset_text(z) AS
    regexp_extract(z,
        '^(?:UTC|GMT|UT)?([+-][0-9]{1,2}(?::?[0-9]{2}(?::?[0-9]{2})?)?)$', 1)
""",
    """
CREATE OR REPLACE MACRO spark_offset_us(o) AS
    CASE WHEN o[1] = '-' THEN -1 ELSE 1 END * 1000000 * (
        3600 * CAST(regexp_extract(o, '^[+-]([0-9]{1,2})', 1) AS BIGINT)
        + 60 * coalesce(TRY_CAST(
            regexp_extract(o, '^[+-][0-9]{1,2}:?([0-9]{2})', 1) AS BIGINT), 0)
        + coalesce(TRY_CAST(regexp_extract(
            o, '^[+-][0-9]{1,2}:?[0-9]{2}:?([0-9]{2})', 1) AS BIGINT), 0))
""",
    """
CREATE OR REPLACE MACRO spark_moment_in(local, z) AS
    CASE WHEN local IS NULL OR z = '' THEN NULL
    WHEN upper(z) IN ('Z', 'UTC', 'GMT', 'UT')
    THEN make_timestamptz(epoch_us(local))
    WHEN spark_zone_offset_text(z) <> ''
    THEN make_timestamptz(epoch_us(local) - spark_offset_us(spark_zone_offset_text(z)))
    WHEN contains(z, '/')
    THEN spark_instant(local, CASE WHEN contains(z, '/') THEN z ELSE 'UTC' END) END
""",
    """
CREATE OR REPLACE MACRO spark_zoned_of_text(t) AS
    spark_moment_in(spark_local_of_text(spark_zoned_part(t, 1)), spark_zoned_part(t, 2))
""",
    """
CREATE OR REPLACE MACRO spark_divide_half_up(n, d) AS
    CASE WHEN (n < 0) = (d < 0) THEN 1 ELSE -1 END
    * ((abs(n) + abs(d) // 2) // abs(d))
""",
    # n * unit / d, where n * unit alone may have too many digits.
    """
CREATE OR REPLACE MACRO spark_divide(n, d, unit) AS
    (n // d) * unit + spark_divide_half_up((n % d) * unit, d)
""",
    # x * y / p / p rounded half up, for x and y from 0 to before p * p.
    """
CREATE OR REPLACE MACRO spark_multiply_middle(x, y, p) AS
    (x // p) * (y % p) + (x % p) * (y // p) + ((x % p) * (y % p)) // p
""",
    """
CREATE OR REPLACE MACRO spark_multiply_fraction(x, y, p) AS
    (x // p) * (y // p) + spark_multiply_middle(x, y, p) // p
    + CASE WHEN spark_multiply_middle(x, y, p) % p * 2 >= p THEN 1 ELSE 0 END
""",
    # a * b / (p * p / spare) rounded half up: what is whole is multiplied apart.
    """
CREATE OR REPLACE MACRO spark_multiply(a, b, unit, p, spare) AS
    CASE WHEN (a < 0) = (b < 0) THEN 1 ELSE -1 END * (
        (abs(a) // unit) * abs(b) + (abs(a) % unit) * (abs(b) // unit)
        + spark_multiply_fraction((abs(a) % unit) * spare, abs(b) % unit, p))
""",
    # Bytes that are no UTF-8 text, read byte by byte.
    """
CREATE OR REPLACE MACRO spark_text_of_bytes(b) AS
    coalesce(TRY(decode(b)), array_to_string(list_transform(
        regexp_extract_all(hex(b), '..'),
        lambda h: CASE WHEN h < '80' THEN decode(unhex(h)) ELSE chr(65533) END), ''))
""",
    """
CREATE OR REPLACE MACRO spark_round_even(x, digits) AS
    CASE WHEN abs(x - trunc(x, digits)) * 2 * CAST(pow(10, digits) AS DECIMAL(38,6)) = 1
        AND CAST(abs(trunc(x, digits)) * pow(10, digits) AS HUGEINT) % 2 = 0
    THEN trunc(x, digits) ELSE round(x, digits) END
""",
    """
CREATE OR REPLACE MACRO spark_initcap(t) AS
    array_to_string(list_transform(string_split(lower(t), ' '),
        lambda w: upper(left(w, 1)) || substr(w, 2)), ' ')
""",
    # H and W between equal codes do not part them, vowels do.
    """
CREATE OR REPLACE MACRO spark_soundex(t) AS
    CASE WHEN NOT regexp_matches(t, '^[A-Za-z]') THEN t
    ELSE upper(t[1]) || left(replace(substr(
        list_reduce(list_prepend('', string_split(replace(
            translate(regexp_replace(upper(t), '[^A-Z]', 'A', 'g'),
                'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230127022455012623017202'), '7', ''),
            '')), lambda a, c: CASE WHEN right(a, 1) = c THEN a ELSE a || c END),
        2), '0', '') || '000', 3) END
""",
    # DuckDB counts bytes: letters of several become other letters, of one byte each,
    # and what has more than 127 of them is counted no more.
    """
CREATE OR REPLACE MACRO spark_levenshtein(a, b) AS
    CASE WHEN strlen(a) = length(a) AND strlen(b) = length(b) THEN levenshtein(a, b)
    ELSE list_transform([list_distinct(string_split(a || b, ''))], lambda letters:
        levenshtein(
            translate(a, array_to_string(letters, ''), CASE WHEN len(letters) > 127
                THEN error('UNSUPPORTED_FEATURE|0|feature=levenshtein of texts of more'
                    || ' than 127 letters|advice=Compare shorter texts.')
                ELSE array_to_string(list_transform(range(1, 128), lambda i:
                    chr(CAST(i AS INTEGER))), '') END),
            translate(b, array_to_string(letters, ''), array_to_string(list_transform(
                range(1, 128), lambda i: chr(CAST(i AS INTEGER))), ''))))[1] END
""",
    """
CREATE OR REPLACE MACRO spark_months_between(a, b, seconds_a, seconds_b) AS
    CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE)
    + CASE WHEN day(a) = day(b) OR (CAST(a AS DATE) = last_day(CAST(a AS DATE))
        AND CAST(b AS DATE) = last_day(CAST(b AS DATE))) THEN 0
    ELSE ((day(a) - day(b)) * 86400 + seconds_a - seconds_b)
        / CAST(2678400 AS DOUBLE) END
""",
    # `to_base` takes no more than a BIGINT: the last digit goes apart.
    """
CREATE OR REPLACE MACRO spark_to_base(n, b) AS
    CASE WHEN n < b THEN '' ELSE to_base(CAST(n // b AS BIGINT), b) END
    || to_base(CAST(n % b AS BIGINT), b)
""",
    # Years of more than four digits carry a sign, as in Java.
    """
CREATE OR REPLACE MACRO spark_date_text(d) AS
    CASE WHEN d BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'
    THEN CAST(d AS VARCHAR)
    ELSE CASE WHEN year(d) > 9999 THEN '+' WHEN year(d) < 0 THEN '-' ELSE '' END
        || lpad(CAST(abs(year(d)) AS VARCHAR), CAST(greatest(4, length(
            CAST(abs(year(d)) AS VARCHAR))) AS INTEGER), '0')
        || strftime(d, '-%m-%d') END
""",
    # DuckDB reads more than Spark does, and neither a plus nor a bare fraction.
    f"""
CREATE OR REPLACE MACRO spark_interval(t) AS
    CASE WHEN regexp_full_match(lower(t), '{_INTERVAL}')
    THEN TRY_CAST(regexp_replace(regexp_replace(regexp_replace(
        lower(t), '^\\s*interval', ''), '\\+|(-)\\s+', '\\1', 'g'),
        '(^|[\\s-])\\.', '\\10.', 'g') AS INTERVAL) END
""",
    """
CREATE OR REPLACE MACRO spark_time_text(t) AS
    CASE WHEN t >= TIMESTAMP '0001-01-01 00:00:00'
        AND t < TIMESTAMP '10000-01-01 00:00:00'
    THEN CAST(t AS VARCHAR)
    ELSE spark_date_text(CAST(t AS DATE)) || ' '
        || CAST(CAST(t AS TIME) AS VARCHAR) END
""",
    """
CREATE OR REPLACE MACRO spark_conv(t, a, b) AS
    CASE WHEN t = '' OR abs(a) NOT BETWEEN 2 AND 36 OR abs(b) NOT BETWEEN 2 AND 36
    THEN NULL ELSE list_transform([list_reduce(
        list_prepend(CAST(0 AS HUGEINT), list_transform(list_filter(
            string_split(regexp_extract(upper(trim(t)), '^-?([0-9A-Z]*)', 1), ''),
            lambda c: c <> ''),
            lambda c: CAST(strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', c) - 1
                AS HUGEINT))),
        lambda n, d: CASE WHEN d < abs(a) THEN n * abs(a) + d ELSE n END)],
        lambda n: CASE WHEN starts_with(trim(t), '-') AND b < 0 THEN '-' ELSE '' END
        || spark_to_base(CASE WHEN starts_with(trim(t), '-') AND b > 0
            THEN CAST('18446744073709551616' AS HUGEINT) - n ELSE n END,
            CAST(abs(b) AS INTEGER)))[1] END
""",
    """
CREATE OR REPLACE MACRO spark_nearest_long(x) AS
    CASE WHEN x > 0 THEN 9223372036854775807
    ELSE CAST('-9223372036854775808' AS BIGINT) END
""",
)
