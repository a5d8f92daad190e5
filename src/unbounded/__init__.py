"""Structured Streaming without a JVM: PySpark in front, DuckDB behind."""

from unbounded.connect.embedded import close, connect

__all__ = ["close", "connect"]
