"""Join queries: random joins of two streams, their rows and their runs.

What stands between the rows of a `JoinCase` and the batch answer is lateness alone:
the last two files are far in the future, so that all outer rows and all groups of
the others have come at the end.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal as OneOf

from hypothesis import strategies as st

from tests.model.stream_queries import (
    Action,
    AddFile,
    Case,
    Restart,
    Row,
    Trigger,
    Watermark,
)
from tests.model.stream_runs import by_file
from unbounded.parser import parse_expression
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import Alias
from unbounded.plan.relations import (
    Filter,
    JoinType,
    Project,
    Relation,
    UnresolvedAggregate,
    UnresolvedJoin,
    WithWatermark,
)

Shape = OneOf["range", "time", "window", "keys"]
"""What the two sides' times have to do with each other."""

FAR = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
_DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
_MINUTES = (0, 1, 2, 3, 3, 5, 5.001, 8, 10, 12, 15, 19.999, 20, 30, 60)

_POOLS: tuple[tuple[Any, ...], ...] = (
    tuple(_DAY + datetime.timedelta(minutes=minute) for minute in _MINUTES),
    ("a", "a", "a", "a", "b", "A", "日本", ""),
    (0, 1, 1, 2, -1),
    (0, 1, 2, 2**40),
    (0.0, -0.0, 1.5, float("nan")),
    (Decimal("0.00"), Decimal("1.50")),
    (True, False),
    (datetime.date(2026, 1, 1), datetime.date(1969, 12, 31)),
)


def _made(count: int, null_every: int) -> tuple[Row, ...]:
    """So many rows: half of them have one key, and their times are near by."""
    chance = random.Random("rows of joins")
    rows = []
    for _ in range(count):
        row = [chance.choice(pool) for pool in _POOLS]
        if null_every:
            row = [None if chance.randrange(null_every) == 0 else v for v in row]
        rows.append(tuple(row))
    return tuple(rows)


# One draw a row: cases are made quickly, and rows come again.
_ROWS = (*_made(40, 0), *_made(40, 4))
_FAR_ROWS: tuple[Row, ...] = tuple(
    (FAR, key, 1, 2, 1.5, Decimal("1.50"), True, datetime.date(2026, 1, 1))
    for key in ("far left", "far right")
)

_COLUMNS = ("file", "pos", "key", "i", "n", "x", "d", "b", "day")
_KEYS = (
    "lkey = rkey",
    "li = rn",
    "lx = rx",
    "ld = rd",
    "lkey || '' = rkey",
)
_SAFE_KEYS = ("lkey <=> rkey", "li <=> ri", "lx <=> rx", "lday <=> rday")
# Of columns that are no keys, and never null: Spark draws conclusions from keys that
# are equal and from what cannot be null, and filters by them below the watermark.
_RESIDUALS = ("(lpos + rpos) % 3 <> 0", "coalesce(ln, 0) <> rpos")
_OWN = ("{}pos % 3 <> 1", "coalesce({}b, true)")
# Bounds in minutes of the right time less the left time.
_RANGES = ((-5, 5), (0, 10), (0, 0), (3, 8), (-60, 0), (-8, -3))
_DELAYS = (("0 seconds", 0), ("2 minutes", 120_000), ("30 minutes", 1_800_000))


@dataclass(frozen=True)
class JoinQuery:
    """Two inputs, or one twice, joined; above it a count in windows, if any.

    Args:
        delays: of each side's watermark, if it has one.
        equal: equalities of the two sides.
        bounds: of a range, in minutes; None is no bound.
        own: what ON asks of the left side alone, and of the right side.
    """

    join_type: JoinType
    shape: Shape
    inputs: tuple[int, int] = (0, 1)
    delays: tuple[tuple[str, int] | None, tuple[str, int] | None] = (None, None)
    equal: tuple[str, ...] = ()
    bounds: tuple[int | None, int | None] = (None, None)
    is_strict: bool = False
    own: tuple[str, str] = ("", "")
    residual: str = ""
    is_counted: bool = False

    @property
    def input_count(self) -> int:
        return len(set(self.inputs))

    @property
    def watermarks(self) -> tuple[Watermark, ...]:
        marks = [delay for delay in self.delays if delay is not None]
        return tuple(Watermark(text, ms, is_above=False) for text, ms in marks)

    @property
    def kept_whole(self) -> tuple[bool, bool]:
        """Whether each side's rows come even without a match."""
        return self.join_type in ("left", "full"), self.join_type in ("right", "full")

    @property
    def forgets(self) -> tuple[bool, bool]:
        """Whether the rows of each side are forgotten by the watermark.

        By a range only if both sides have one, as in Spark.
        """
        left, right = (delay is not None for delay in self.delays)
        if self.shape in ("time", "window"):
            return left or right, left or right
        low, high = self.bounds
        return left and right and high is not None, left and right and low is not None

    @property
    def ends_rows(self) -> bool:
        """Whether the watermark lets go of any row, or ends a count."""
        return any(self.forgets) or (self.is_counted and bool(self.watermarks))

    # --- the plan -----------------------------------------------------------

    def plan(self, sources: Sequence[Relation]) -> Relation:
        left, right = (self.side(number, sources) for number in (0, 1))
        return self.joined(left, right)

    def joined(self, left: Relation, right: Relation) -> Relation:
        """The sides joined, and counted."""
        condition = parse_expression(" AND ".join(self._conjuncts()))
        joined = UnresolvedJoin(left, right, self.join_type, condition)
        if not self.is_counted:
            return joined
        keys = self._time, "lkey"
        some = Project(joined, tuple(map(parse_expression, (*keys, "rpos"))))
        time = "lw" if self.shape == "window" else "window(lt, '10 minutes')"
        groups = parse_expression(time), parse_expression("lkey")
        counts = parse_expression("count(1)"), parse_expression("count(rpos)")
        return UnresolvedAggregate(some, "groupby", groups, counts)

    def side(
        self, number: int, sources: Sequence[Relation], *, is_marked: bool = True
    ) -> Relation:
        """One side's rows, the names of their columns beginning with `l` or `r`.

        The first says which file a row is from, the last but one whether the row
        meets what ON asks of its side alone, the last when it was.
        """
        relation, delay = sources[self.inputs[number]], self.delays[number]
        if delay is not None and is_marked:
            relation = WithWatermark(relation, "time", delay[0])
        letter = "lr"[number]
        time = {"t": "time"}
        if self.shape == "window":
            time = {"w": "window(time, '10 minutes')"}
        own = self.own[number].format("") or "true"
        texts = {name: name for name in _COLUMNS} | {"own": own} | time
        return Project(
            relation,
            tuple(
                Alias(parse_expression(text), (f"{letter}{name}",))
                for name, text in texts.items()
            ),
        )

    def drops_late(self, number: int) -> bool:
        """Whether late rows of a side are dropped, or find nothing to match."""
        if self.delays[number] is not None:
            return True
        has_watermark = self.delays[1 - number] is not None
        return has_watermark and self.shape in ("time", "window")

    def later(self, number: int, ms: dict[int, int], rows: Relation) -> Relation:
        """The rows of a side that are later than a time given by their file."""
        letter = "lr"[number]
        time = f"{letter}w.end" if self.shape == "window" else f"{letter}t"
        bound = by_file(ms, f"{letter}file")
        return Filter(rows, parse_expression(f"NOT coalesce({time} <= {bound}, false)"))

    def seen_by_watermark(self, number: int, sources: Sequence[Relation]) -> Relation:
        """What the watermark sees of a side: ON's filters are applied below it."""
        rows = sources[self.inputs[number]]
        if self.kept_whole[number]:
            return rows
        for text in self.equal:
            if "<=>" not in text:
                key = text.split(" = ")[number].replace(f"{'lr'[number]}", "", 1)
                rows = Filter(rows, parse_expression(f"{key} IS NOT NULL"))
        return Filter(rows, parse_expression(self.own[number].format("") or "true"))

    @property
    def _time(self) -> str:
        return "lw" if self.shape == "window" else "lt"

    def _conjuncts(self) -> list[str]:
        own = (text.format(letter) for text, letter in zip(self.own, "lr", strict=True))
        texts = [*self.equal, *filter(None, own)]
        if self.residual:
            texts.append(self.residual)
        if self.shape == "time":
            texts.insert(0, "lt = rt")
        elif self.shape == "window":
            texts.insert(0, "lw = rw")
        less = "<" if self.is_strict else "<="
        low, high = self.bounds
        if low is not None:
            texts.append(f"lt + INTERVAL '{low}' MINUTE {less} rt")
        if high is not None:
            texts.append(f"rt - INTERVAL '{high}' MINUTE {less} lt")
        return texts


# --- how a case is drawn ------------------------------------------------------


@dataclass(frozen=True)
class JoinCase(Case):
    """A join and its runs; the last files are those far in the future."""

    query: Any

    @property
    def ends_rows(self) -> bool:
        return bool(self.query.ends_rows)


def case_of(
    query: JoinQuery, *actions: Action, mode: OutputMode = "append", policy: str = "min"
) -> JoinCase:
    """The case of these runs, and of rows far in the future that end it."""
    last = tuple(
        AddFile(number, (_FAR_ROWS[number],)) for number in range(query.input_count)
    )
    return JoinCase(query, mode, (*actions, *last), policy)


@st.composite
def _times(
    draw: st.DrawFn, join_type: JoinType, shape: Shape, *, is_counted: bool
) -> dict[str, Any]:
    """The watermarks and the range: such as Spark accepts of that kind of join.

    For counts above it, such as let no row of the join be late there.
    """
    left, right = (draw(st.sampled_from(_DELAYS)) for _ in range(2))
    both = (left, right)
    low, high = draw(st.sampled_from(_RANGES))
    if is_counted:
        is_range = shape == "range"
        return {"delays": both, "bounds": (low, high) if is_range else (None, None)}
    if shape == "keys":
        return {"delays": draw(st.sampled_from((both, (None, None), (left, None))))}
    one_sided = {
        "inner": ((left, None), (None, right), (None, None)),
        "left": ((left, None),),
        "right": ((None, right),),
        "semi": ((left, None),),
        "full": (both,),
    }
    if shape != "range":
        return {"delays": draw(st.sampled_from((both, both, *one_sided[join_type])))}
    bounds = {
        "inner": ((low, None), (None, high)),
        "left": ((None, high),),
        "right": ((low, None),),
        "semi": ((None, high),),
        "full": ((low, high),),
    }
    # A watermark bounds the rows of the other side.
    bounding = {**one_sided, "left": ((None, right),), "right": ((left, None),)}
    bounding["semi"] = bounding["left"]
    return {
        "delays": draw(st.sampled_from((both, both, *bounding[join_type]))),
        "bounds": draw(st.sampled_from(((low, high), *bounds[join_type]))),
        "is_strict": draw(st.booleans()),
    }


@st.composite
def _queries(draw: st.DrawFn, join_type: JoinType, *, is_counted: bool) -> JoinQuery:
    shapes: tuple[Shape, ...] = ("range", "range", "time", "window")
    if join_type == "inner" and not is_counted:
        shapes = (*shapes, "keys")
    shape = draw(st.sampled_from(shapes))
    times = draw(_times(join_type, shape, is_counted=is_counted))
    pool = (*_KEYS, *_SAFE_KEYS)
    least = 1 if shape in ("range", "keys") else 0
    # What equals one column is equal, and Spark filters by that too.
    equal = st.lists(
        st.sampled_from(pool),
        min_size=least,
        max_size=2,
        unique_by=lambda text: text.split()[0],
    )
    own = st.sampled_from(("", "", *_OWN))
    return JoinQuery(
        join_type,
        shape,
        draw(st.sampled_from(((0, 1), (0, 1), (0, 1), (0, 0)))),
        equal=tuple(draw(equal)),
        own=(draw(own), draw(own)),
        residual=draw(st.sampled_from(("", "", *_RESIDUALS))),
        is_counted=is_counted,
        **times,
    )


FAMILIES: dict[str, tuple[JoinType, bool, OutputMode]] = {
    "inner": ("inner", False, "append"),
    "inner updated": ("inner", False, "update"),
    "left": ("left", False, "append"),
    "right": ("right", False, "append"),
    "full": ("full", False, "append"),
    "semi": ("semi", False, "append"),
    "counted": ("inner", True, "append"),
    "left counted": ("left", True, "append"),
    "counted as it grows": ("inner", True, "update"),
    "counted in full": ("inner", True, "complete"),
}
"""Kinds of joins, whether their rows are counted in windows, and the mode."""


@st.composite
def cases(draw: st.DrawFn, family: str) -> JoinCase:
    """A join and its runs; files of either side come in any order."""
    join_type, is_counted, mode = FAMILIES[family]
    query = draw(_queries(join_type, is_counted=is_counted))
    if mode != "append" and is_counted:
        # Without watermarks, by which late rows would be missing in some windows.
        query = replace(query, delays=(None, None))
    rows = st.sampled_from(_ROWS)
    files = st.one_of(
        st.lists(rows, min_size=4, max_size=10), st.lists(rows, max_size=4)
    ).map(tuple)
    inputs = st.integers(0, query.input_count - 1)
    add = st.builds(AddFile, inputs, files)
    action = st.one_of(add, add, add, st.just(Trigger()), st.just(Restart()))
    actions: list[Action] = [AddFile(n, draw(files)) for n in range(query.input_count)]
    actions += draw(st.lists(action, max_size=8))
    policy = draw(st.sampled_from(("min", "max")))
    return case_of(query, *actions, mode=mode, policy=policy)
