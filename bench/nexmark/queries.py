"""Queries: all of Nexmark but q10, with what stands of each when it is a stream.

q10 writes bids to a folder a minute, which is a sink, and no question.

    query           refused by Spark because
    q4              a group of groups is asked for as it stands, not at an end
    q6              so is one; and a rank is no window of time
    q9              a rank is no window of time; as the dearest bid of a group it runs
    q15, q16        distinct values are counted
    q18, q19        a rank is no window of time; as the last or the first of a group's
                    bids they run
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.nexmark import calculations, joins, reports, windows
from bench.nexmark.views import Views

__all__ = ["QUERIES", "RANKED", "Query"]

Ask = Callable[[Views], Any]


@dataclass(frozen=True)
class Query:
    """A question, and how a stream answers it.

    Attributes:
        mode: the output mode.
        keys: what a row replaces another by, in update mode.
        final_by: where answers wait, the column with the time they wait for.
        lags: whether they wait on, for as long as an auction may be open.
        is_refused: whether Spark refuses it as a stream.
        is_of_clock: whether the answer depends on when it is asked.
    """

    ask: Ask
    mode: str = "append"
    keys: tuple[str, ...] = ()
    final_by: str | None = None
    lags: bool = False
    is_refused: bool = False
    is_of_clock: bool = False


def _table(ask: Ask, *keys: str, is_refused: bool = False) -> Query:
    return Query(ask, "update", keys, is_refused=is_refused)


QUERIES = {
    "q0": Query(calculations.q0),
    "q1": Query(calculations.q1),
    "q2": Query(calculations.q2),
    "q3": Query(joins.q3),
    "q4": _table(joins.q4, "category", is_refused=True),
    "q5": Query(windows.q5, final_by="endtime"),
    "q6": _table(joins.q6, "seller", is_refused=True),
    "q7": Query(windows.q7, final_by="last"),
    "q8": Query(windows.q8),
    "q9": Query(joins.q9, final_by="expires", lags=True),
    "q11": Query(windows.q11, final_by="end"),
    "q12": Query(windows.q12, "update", ("bidder", "start"), is_of_clock=True),
    "q13": Query(calculations.q13),
    "q14": Query(calculations.q14),
    "q15": _table(reports.q15, "day", is_refused=True),
    "q16": _table(reports.q16, "channel", "day", is_refused=True),
    "q17": _table(reports.q17, "auction", "day"),
    "q18": _table(reports.q18, "auction", "bidder"),
    "q19": _table(reports.q19, "auction"),
    "q20": Query(joins.q20),
    "q21": Query(calculations.q21),
    "q22": Query(calculations.q22),
    "q23": Query(joins.q23),
}

RANKED = {
    "q6": joins.q6_ranked,
    "q9": joins.q9_ranked,
    "q18": reports.q18_ranked,
    "q19": reports.q19_ranked,
}
"""The original forms of those that are asked otherwise: the same of a table at rest."""
