"""User functions: Python functions of the user, called over Arrow in this process."""

from unbounded.udf.evaluation import PythonEvaluation
from unbounded.udf.task_context import current_task_context, task_context

__all__ = ["PythonEvaluation", "current_task_context", "task_context"]
