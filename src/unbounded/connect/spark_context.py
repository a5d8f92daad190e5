"""Spark context: what `spark.sparkContext` answers where there is no JVM.

Programs ask it for a name, a version and a log level; the rest says what to use.
"""

from __future__ import annotations

import logging
from typing import Any

from pyspark.errors import PySparkAttributeError

__all__ = ["ADVICE", "EmbeddedSparkContext"]

ADVICE: dict[str, str] = {
    "sparkContext": "",
    "newSession": "",
    "_jsc": "Use spark.conf for settings.",
    "_jconf": "Use spark.conf for settings.",
    "_jvm": "Use Python, or the functions of pyspark.sql.functions.",
    "_jsparkSession": "Use the session itself.",
}

_DATA = "Use spark.createDataFrame, spark.read or spark.range."
_CONTEXT_ADVICE: dict[str, str] = {
    "parallelize": _DATA,
    "textFile": "Use spark.read.text.",
    "wholeTextFiles": 'Use spark.read.text with the option "wholetext".',
    "range": "Use spark.range.",
    "emptyRDD": _DATA,
    "broadcast": "Use the Python object itself: it is in this process.",
    "accumulator": "Use a Python variable: foreachBatch runs in this process.",
    "addFile": "Use the path: the file is on this machine.",
    "addPyFile": "Import the module: it runs in this process.",
    "addJobTag": "Use spark.addTag.",
    "setJobGroup": "Use spark.addTag.",
    "cancelJobGroup": "Use spark.interruptTag.",
    "cancelAllJobs": "Use spark.interruptAll.",
    "getConf": "Use spark.conf.",
}
_LEVELS = {
    "ALL": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "INFO": logging.INFO,
    "OFF": logging.CRITICAL + 1,
    "TRACE": logging.DEBUG,
    "WARN": logging.WARNING,
}


class EmbeddedSparkContext:
    """The few things of a `SparkContext` that mean something in one process."""

    def __init__(self, spark: Any) -> None:
        self._spark = spark

    @property
    def version(self) -> str:
        return str(self._spark.version)

    @property
    def applicationId(self) -> str:
        return f"local-{self._spark.session_id}"

    @property
    def appName(self) -> str:
        return str(self._spark.conf.get("spark.app.name"))

    @property
    def master(self) -> str:
        return str(self._spark.conf.get("spark.master"))

    @property
    def uiWebUrl(self) -> None:
        return None

    @property
    def defaultParallelism(self) -> int:
        return 1

    def setLogLevel(self, logLevel: str) -> None:
        """Set the level of the logger `unbounded`, by Spark's names of levels."""
        level = _LEVELS.get(logLevel.upper())
        if level is None:
            raise ValueError(f"{logLevel} is none of {', '.join(sorted(_LEVELS))}")
        logging.getLogger("unbounded").setLevel(level)

    def setCheckpointDir(self, dirName: str) -> None:
        """Accepted: `checkpoint` keeps its rows in memory here."""

    def stop(self) -> None:
        """Stop the session this belongs to."""
        self._spark.stop()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        advice = _CONTEXT_ADVICE.get(name, "Use the methods of the session.")
        raise PySparkAttributeError(
            f"`sparkContext.{name}` needs a JVM, and there is none here. {advice}"
        )
