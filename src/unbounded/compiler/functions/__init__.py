"""Function templates: every scalar function's SQL, by canonical name."""

from unbounded.compiler.functions.registry import SCALAR_TEMPLATES

__all__ = ["SCALAR_TEMPLATES"]
