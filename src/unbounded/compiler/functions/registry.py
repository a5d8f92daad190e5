"""Registry: all template tables together.

A test proves that its keys are the analyzer's scalar names, no more, no fewer.
"""

from __future__ import annotations

from unbounded.compiler.functions.arithmetic import ARITHMETIC_TEMPLATES
from unbounded.compiler.functions.conditional import CONDITIONAL_TEMPLATES
from unbounded.compiler.site import Templates

__all__ = ["SCALAR_TEMPLATES"]

SCALAR_TEMPLATES: Templates = {
    **CONDITIONAL_TEMPLATES,
    **ARITHMETIC_TEMPLATES,
}
