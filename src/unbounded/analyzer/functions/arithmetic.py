"""Arithmetic: the canonical functions behind `+ - * / % div` and `& | ^`.

Which one an operator becomes depends on its operands' types, so these are not
rows: `operators.py` decides, and this is what it makes.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ARITHMETIC"]

ARITHMETIC: Mapping[str, str] = {
    "add": "two numbers of one type, that type; two intervals of one kind; "
    "decimals may differ, the result type is the call's",
    "subtract": "like add",
    "multiply": "like add, numbers only",
    "divide": "two doubles, or two decimals: the call's decimal type",
    "remainder": "two numbers of one type, sign of the left",
    "pmod": "two numbers of one type, never negative for a positive right",
    "integral_divide": "two bigints, decimals or intervals of one kind: bigint",
    "try_add": "null in place of an overflow",
    "try_subtract": "null in place of an overflow",
    "try_multiply": "null in place of an overflow",
    "try_divide": "null in place of a division by zero",
    "try_remainder": "null in place of a division by zero",
    "bitwise_and": "two integers of one type",
    "bitwise_or": "two integers of one type",
    "bitwise_xor": "two integers of one type",
    "subtract_dates": "date - date: the day-time interval between them",
    "subtract_timestamps": "two timestamps or two ntz: day-time interval",
    "add_interval": "timestamp or ntz, day-time interval: the same type",
    "add_interval_text": "timestamp or ntz, string: moved by the interval it writes",
    "add_year_month_interval": "date, timestamp or ntz, year-month interval: same",
    "multiply_interval": "interval, a number (double, bigint or decimal): same kind",
    "divide_interval": "interval, a number (double, bigint or decimal): same kind",
}
