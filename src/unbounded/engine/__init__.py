"""Engine: the door to DuckDB."""

from unbounded.engine.alignment import align
from unbounded.engine.database import Cursor, Database
from unbounded.engine.errors import translate_error
from unbounded.engine.settings import EngineSettings

__all__ = ["Cursor", "Database", "EngineSettings", "align", "translate_error"]
