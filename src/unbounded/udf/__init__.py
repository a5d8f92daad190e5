"""User functions: Python functions of the user, called over Arrow in this process."""

from unbounded.udf.evaluation import PythonEvaluation

__all__ = ["PythonEvaluation"]
