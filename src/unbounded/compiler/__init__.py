"""Compiler: resolved plans and expressions to DuckDB SQL text."""

from unbounded.compiler.aggregate_buffers import is_order_sensitive
from unbounded.compiler.batch_time import uses_batch_time
from unbounded.compiler.compiler import compile_query, compile_show_cells
from unbounded.compiler.context import CompileContext
from unbounded.compiler.datetime_text import datetime_text
from unbounded.compiler.expressions import compile_expression
from unbounded.compiler.macros import MACROS
from unbounded.compiler.measures import EventTimeStats, Measures
from unbounded.compiler.segments import Segment, compile_segment
from unbounded.compiler.steps import Step, cut_steps
from unbounded.compiler.zones import fixed_offset_us

__all__ = [
    "fixed_offset_us",
    "MACROS",
    "CompileContext",
    "EventTimeStats",
    "Measures",
    "Segment",
    "Step",
    "compile_expression",
    "compile_query",
    "compile_show_cells",
    "compile_segment",
    "cut_steps",
    "datetime_text",
    "uses_batch_time",
    "is_order_sensitive",
]
