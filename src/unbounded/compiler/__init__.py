"""Compiler: resolved plans and expressions to DuckDB SQL text."""

from unbounded.compiler.compiler import compile_query, compile_show_cells
from unbounded.compiler.context import CompileContext
from unbounded.compiler.expressions import compile_expression
from unbounded.compiler.macros import MACROS
from unbounded.compiler.measures import EventTimeStats, Measures
from unbounded.compiler.python_steps import PythonStep, cut_python_steps
from unbounded.compiler.segments import Segment, compile_segment

__all__ = [
    "MACROS",
    "CompileContext",
    "EventTimeStats",
    "Measures",
    "PythonStep",
    "Segment",
    "compile_expression",
    "compile_query",
    "compile_show_cells",
    "compile_segment",
    "cut_python_steps",
]
