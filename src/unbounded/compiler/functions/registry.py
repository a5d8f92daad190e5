"""Registry: all template tables together.

A test proves that its keys are the analyzer's scalar names, no more, no fewer.
"""

from __future__ import annotations

from unbounded.compiler.functions.arithmetic import ARITHMETIC_TEMPLATES
from unbounded.compiler.functions.collection import COLLECTION_TEMPLATES
from unbounded.compiler.functions.conditional import CONDITIONAL_TEMPLATES
from unbounded.compiler.functions.datetime import DATETIME_TEMPLATES
from unbounded.compiler.functions.math import MATH_TEMPLATES
from unbounded.compiler.functions.string import STRING_TEMPLATES
from unbounded.compiler.site import Templates

__all__ = ["SCALAR_TEMPLATES"]

SCALAR_TEMPLATES: Templates = {
    **CONDITIONAL_TEMPLATES,
    **ARITHMETIC_TEMPLATES,
    **STRING_TEMPLATES,
    **MATH_TEMPLATES,
    **DATETIME_TEMPLATES,
    **COLLECTION_TEMPLATES,
}
