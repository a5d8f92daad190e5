"""Conf: the settings of a session, their defaults, and who may change them.

`DEFAULTS` is the table; a key it lacks may be set all the same, as in Spark,
and has no value until it is. Static keys are fixed when the process starts.

Invariants:
    - every default is text that its own check accepts
    - a session never sees another session's settings
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.memory import MEMORY_LIMIT, invalid_memory_limit, is_memory_limit

__all__ = [
    "DEFAULTS",
    "DROP_UNMATCHED_STATE",
    "RuntimeConf",
    "SPILL_STATE",
    "is_modifiable",
    "is_time_zone",
    "local_time_zone",
]

SESSION_TIME_ZONE = "spark.sql.session.timeZone"
WAREHOUSE_DIR = "spark.sql.warehouse.dir"

_CLIENT: dict[str, str] = {
    "spark.connect.session.planCompression.threshold": "-1",
    "spark.connect.session.planCompression.defaultAlgorithm": "NONE",
    "spark.python.sql.dataFrameDebugging.enabled": "true",
    "spark.sql.connect.serverStacktrace.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.pyspark.fallback.enabled": "true",
    "spark.sql.execution.arrow.pyspark.selfDestruct.enabled": "false",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
    "spark.sql.execution.pandas.convertToArrowArraySafely": "true",
    "spark.sql.execution.pandas.inferPandasDictAsMap": "false",
    "spark.sql.execution.pandas.structHandlingMode": "legacy",
    "spark.sql.execution.pyspark.binaryAsBytes": "true",
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
    "spark.sql.execution.pythonUDF.pandas.intToDecimalCoercionEnabled": "false",
    "spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype": "false",
    "spark.sql.execution.pythonUDTF.arrow.enabled": "false",
    "spark.sql.execution.pythonUDF.arrow.concurrency.level": "1",
    "spark.sql.legacy.execution.pandas.groupedMap.assignColumnsByName": "true",
    "spark.sql.pyspark.inferNestedDictAsStruct.enabled": "false",
    "spark.sql.pyspark.jvmStacktrace.enabled": "false",
    "spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled": "false",
    "spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled": "false",
    "spark.sql.repl.eagerEval.enabled": "false",
    "spark.sql.repl.eagerEval.maxNumRows": "20",
    "spark.sql.repl.eagerEval.truncate": "20",
    "spark.sql.session.localRelationBatchOfChunksSizeBytes": "1073741824",
    "spark.sql.session.localRelationCacheThreshold": "1048576",
    "spark.sql.session.localRelationChunkSizeBytes": "16777216",
    "spark.sql.session.localRelationChunkSizeRows": "10000",
    "spark.sql.session.localRelationSizeLimit": "3221225472",
}

_SQL: dict[str, str] = {
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.autoBroadcastJoinThreshold": "10485760",
    "spark.sql.caseSensitive": "false",
    "spark.sql.columnNameOfCorruptRecord": "_corrupt_record",
    "spark.sql.crossJoin.enabled": "true",
    "spark.sql.debug.maxToStringFields": "25",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.maxPartitionBytes": "134217728",
    "spark.sql.files.maxRecordsPerFile": "0",
    "spark.sql.groupByOrdinal": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    "spark.sql.optimizer.maxIterations": "100",
    "spark.sql.orderByOrdinal": "true",
    "spark.sql.orc.compression.codec": "zstd",
    "spark.sql.parquet.compression.codec": "snappy",
    "spark.sql.parquet.mergeSchema": "false",
    "spark.sql.shuffle.partitions": "200",
    "spark.sql.sources.default": "parquet",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "true",
    "spark.sql.sources.partitionOverwriteMode": "STATIC",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.variable.substitute": "true",
}

_STREAMING: dict[str, str] = {
    f"spark.sql.streaming.{key}": value
    for key, value in {
        "aggregation.stateFormatVersion": "2",
        "asyncLogPurge.enabled": "true",
        "checkUnfinishedRepartitionOnRestart": "true",
        "checkpoint.fileChecksum.enabled": "true",
        "checkpoint.verifyMetadataExists.enabled": "true",
        "continuous.epochBacklogQueueSize": "10000",
        "continuous.executorPollIntervalMs": "100",
        "continuous.executorQueueSize": "1024",
        "fileSink.log.cleanupDelay": "600000",
        "fileSink.log.compactInterval": "10",
        "fileSink.log.deletion": "true",
        "fileSource.cleaner.numThreads": "1",
        "fileSource.log.cleanupDelay": "600000",
        "fileSource.log.compactInterval": "10",
        "fileSource.log.deletion": "true",
        "fileSource.schema.forceNullable": "true",
        "fileStreamSink.ignoreMetadata": "false",
        "flatMapGroupsWithState.stateFormatVersion": "2",
        "forceDeleteTempCheckpointLocation": "false",
        "join.stateFormatVersion": "2",
        "kafka.useDeprecatedOffsetFetching": "false",
        "maxBatchesToRetainInMemory": "2",
        "metricsEnabled": "false",
        "minBatchesToRetain": "100",
        "multipleWatermarkPolicy": "min",
        "noDataMicroBatches.enabled": "true",
        "noDataProgressEventInterval": "10000",
        "numRecentProgressUpdates": "100",
        "offsetLog.formatVersion": "1",
        "pollingDelay": "10",
        "queryEvolution.enableSinkEvolution": "false",
        "queryEvolution.enableSourceEvolution": "false",
        "ratioExtraSpaceAllowedInCheckpoint": "0.3",
        "realTimeMode.allowlistCheck": "true",
        "realTimeMode.minBatchDuration": "5000",
        "schemaInference": "false",
        "sessionWindow.merge.sessions.in.local.partition": "false",
        "sessionWindow.stateFormatVersion": "1",
        "stateStore.checkpointFormatVersion": "1",
        "stateStore.commitValidation.enabled": "true",
        "stateStore.compression.codec": "lz4",
        "stateStore.encodingFormat": "unsaferow",
        "stateStore.forceSnapshotUploadOnLag": "true",
        "stateStore.formatValidation.enabled": "true",
        "stateStore.maintenanceInterval": "60000",
        "stateStore.minDeltasForSnapshot": "10",
        "stateStore.providerClass": (
            "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider"
        ),
        "stateStore.rocksdb.allowFAllocate": "true",
        "stateStore.rocksdb.blockCacheSizeMB": "8",
        "stateStore.rocksdb.blockSizeKB": "4",
        "stateStore.rocksdb.boundedMemoryUsage": "false",
        "stateStore.rocksdb.changelogCheckpointing.enabled": "false",
        "stateStore.rocksdb.compactOnCommit": "false",
        "stateStore.rocksdb.compression": "lz4",
        "stateStore.rocksdb.highPriorityPoolRatio": "0.1",
        "stateStore.rocksdb.lockAcquireTimeoutMs": "60000",
        "stateStore.rocksdb.maxMemoryUsageMB": "500",
        "stateStore.rocksdb.maxOpenFiles": "-1",
        "stateStore.rocksdb.maxWriteBufferNumber": "-1",
        "stateStore.rocksdb.resetStatsOnLoad": "true",
        "stateStore.rocksdb.trackTotalNumberOfRows": "true",
        "stateStore.rocksdb.writeBufferCacheRatio": "0.5",
        "stateStore.rocksdb.writeBufferSizeMB": "-1",
        "stateStore.rowChecksum.enabled": "false",
        "stateStore.skipNullsForStreamStreamJoins.enabled": "false",
        "stateStore.stateSchemaCheck": "true",
        "stateStore.unloadOnCommit": "false",
        "statefulOperator.allowMultiple": "true",
        "statefulOperator.checkCorrectness.enabled": "true",
        "statefulOperator.useStrictDistribution": "true",
        "stopActiveRunOnRestart": "true",
        "stopTimeout": "0",
        "transformWithState.stateSchemaVersion": "3",
        "triggerAvailableNowWrapper.enabled": "false",
        "ui.enabledCustomMetricList": "",
        "unsupportedOperationCheck": "true",
        "validateEventTimeWatermarkColumn": "true",
        "verifyCheckpointDirectoryEmptyOnStart": "true",
    }.items()
}

_STATIC: dict[str, str] = {
    "spark.app.name": "unbounded",
    "spark.master": "local[*]",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.extensions": "",
    "spark.sql.globalTempDatabase": "global_temp",
    "spark.sql.streaming.streamingQueryListeners": "",
    "spark.sql.streaming.ui.enabled": "true",
    "spark.sql.streaming.ui.retainedProgressUpdates": "100",
    "spark.sql.streaming.ui.retainedQueries": "100",
    WAREHOUSE_DIR: "spark-warehouse",
    MEMORY_LIMIT: "60%",
}

DROP_UNMATCHED_STATE = "unbounded.state.dropUnmatchedOperators"
"""Whether a restart throws away stored state that no operator of the query has."""

SPILL_STATE = "unbounded.state.spill"
"""Whether state that finds no room in memory moves to mapped files."""

_OWN: dict[str, str] = {DROP_UNMATCHED_STATE: "false", SPILL_STATE: "true"}

DEFAULTS: Mapping[str, str] = {**_CLIENT, **_SQL, **_STREAMING, **_OWN, **_STATIC}

# Settings of a Spark deployment: known, without effect here, not SQL settings,
# so Spark refuses to change them in a running session.
_CORE_PREFIXES = (
    "spark.driver.",
    "spark.dynamicAllocation.",
    "spark.executor.",
    "spark.jars",
    "spark.memory.",
    "spark.network.",
    "spark.rpc.",
    "spark.serializer",
    "spark.shuffle.",
    "spark.storage.",
    "spark.submit.",
    "spark.ui.",
    "spark.yarn.",
)


def is_modifiable(key: str) -> bool:
    """Whether a running session may change `key`."""
    return key not in _STATIC and not key.startswith(_CORE_PREFIXES)


def local_time_zone() -> str:
    """The machine's time zone by name, UTC if it has none that is known."""
    named = os.environ.get("TZ", "").lstrip(":")
    link = Path("/etc/localtime")
    if not named and link.is_symlink():
        _, _, named = str(link.resolve()).partition("zoneinfo/")
    return named if named and is_time_zone(named) else "UTC"


def is_time_zone(text: str) -> bool:
    """Whether there is a region of that name."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_boolean(text: str) -> bool:
    return text.strip().lower() in ("true", "false")


def _is_integer(text: str) -> bool:
    digits = text.strip()
    return (digits[1:] if digits[:1] in ("+", "-") else digits).isdecimal()


def _is_positive(text: str) -> bool:
    return _is_integer(text) and int(text) > 0


def _one_of(*names: str) -> Callable[[str], bool]:
    return lambda text: text.upper() in names


def _is_policy(text: str) -> bool:
    return text.lower() in ("min", "max")


_CHECKS: dict[str, Callable[[str], bool]] = {
    **{key: _is_boolean for key, value in DEFAULTS.items() if _is_boolean(value)},
    MEMORY_LIMIT: is_memory_limit,
    SESSION_TIME_ZONE: is_time_zone,
    "spark.sql.shuffle.partitions": _is_positive,
    "spark.sql.files.maxRecordsPerFile": _is_integer,
    "spark.sql.sources.partitionOverwriteMode": _one_of("STATIC", "DYNAMIC"),
    "spark.sql.streaming.fileSink.log.cleanupDelay": _is_integer,
    "spark.sql.streaming.fileSink.log.compactInterval": _is_positive,
    "spark.sql.streaming.minBatchesToRetain": _is_integer,
    "spark.sql.streaming.multipleWatermarkPolicy": _is_policy,
    "spark.sql.streaming.numRecentProgressUpdates": _is_integer,
    "spark.sql.timestampType": _one_of("TIMESTAMP_LTZ", "TIMESTAMP_NTZ"),
}


_REQUIREMENTS: dict[Callable[[str], bool], str] = {
    _is_policy: "The policy of several watermarks is min or max.",
    _is_positive: "The value must be above 0.",
}


class RuntimeConf:
    """The settings of one session: its own over the defaults.

    Safe to use from several threads.
    """

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._lock = threading.Lock()
        self._defaults = {**DEFAULTS, SESSION_TIME_ZONE: local_time_zone()}
        self._given = dict(given or {})
        self._own: dict[str, str] = {}
        for key, value in self._given.items():
            self._check(key, value)

    def copy(self) -> RuntimeConf:
        """A session's settings as another session begins with them."""
        with self._lock:
            twin = RuntimeConf(self._given)
            twin._own = dict(self._own)
        return twin

    def get(self, key: str) -> str:
        """The value of `key`.

        Raises:
            IllegalArgumentError: nothing set it and it has no default.
        """
        value = self.find(key)
        if value is None:
            raise IllegalArgumentError("SQL_CONF_NOT_FOUND", sqlConf=f'"{key}"')
        return value

    def find(self, key: str) -> str | None:
        """The value of `key`, None if there is none."""
        value = self.find_set(key)
        return self._defaults.get(key) if value is None else value

    def find_set(self, key: str) -> str | None:
        """What `key` was set to, None if it has its default or no value."""
        with self._lock:
            value = self._own.get(key)
            return self._given.get(key) if value is None else value

    def set(self, key: str, value: str) -> None:
        """Set `key` for this session.

        Raises:
            IllegalArgumentError: the value is not one the key takes.
            AnalysisError: the key is fixed while a session runs.
        """
        self._refuse_static(key)
        self._check(key, value)
        with self._lock:
            self._own[key] = value

    def give(self, key: str, value: str) -> None:
        """Set what a session begins with, static keys too."""
        self._check(key, value)
        with self._lock:
            self._given[key] = value

    def unset(self, key: str) -> None:
        """Give `key` its default back."""
        self._refuse_static(key)
        with self._lock:
            self._own.pop(key, None)

    def reset(self) -> None:
        """Give every key its default back."""
        with self._lock:
            self._own.clear()

    def all(self, prefix: str = "") -> dict[str, str]:
        """Every key that begins with `prefix` and has a value."""
        with self._lock:
            merged = {**self._defaults, **self._given, **self._own}
        return {k: merged[k] for k in sorted(merged) if k.startswith(prefix)}

    @staticmethod
    def _refuse_static(key: str) -> None:
        if key in _STATIC:
            raise AnalysisError("CANNOT_MODIFY_STATIC_CONFIG", key=f'"{key}"')
        if not is_modifiable(key):
            raise AnalysisError("CANNOT_MODIFY_CONFIG", key=f'"{key}"')

    @staticmethod
    def _check(key: str, value: str) -> None:
        accepts = _CHECKS.get(key)
        if accepts is not None and not accepts(value):
            raise _invalid_value(key, value, accepts)


_TYPE_NAMES: Mapping[Callable[[str], bool], str] = {
    _is_boolean: "boolean",
    _is_integer: "int",
    _is_positive: "int",
}


def _invalid_value(
    key: str, value: str, accepts: Callable[[str], bool]
) -> IllegalArgumentError:
    named = {"confName": f'"{key}"', "confValue": f"'{value}'"}
    if accepts is is_time_zone:
        return IllegalArgumentError("INVALID_CONF_VALUE.TIME_ZONE", **named)
    if accepts is is_memory_limit:
        return invalid_memory_limit(value)
    requirement = _REQUIREMENTS.get(accepts)
    if requirement is not None and (accepts is not _is_positive or _is_integer(value)):
        return IllegalArgumentError(
            "INVALID_CONF_VALUE.REQUIREMENT", **named, confRequirement=requirement
        )
    type_name = _TYPE_NAMES.get(accepts)
    if type_name is None:
        return IllegalArgumentError("INVALID_CONF_VALUE", **named)
    return IllegalArgumentError(
        "INVALID_CONF_VALUE.TYPE_MISMATCH", **named, confType=type_name
    )
