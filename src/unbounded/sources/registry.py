"""Registry: sources by format name, for streams and for batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from unbounded.clock import Clock, SystemClock
from unbounded.errors import AnalysisError
from unbounded.files import Files, LocalFiles
from unbounded.sources.files import FileStreamSource
from unbounded.sources.inference import infer_file_schema
from unbounded.sources.json import ReadCare
from unbounded.sources.listing import FileListing, ListedFile
from unbounded.sources.partitions import with_partition_fields
from unbounded.sources.path_patterns import absolute_paths
from unbounded.sources.reader import FileReader, check_format
from unbounded.sources.source import Source, SourceRelation
from unbounded.types import StructType

__all__ = [
    "infer_schema",
    "list_files",
    "located",
    "open_source",
    "read_relation",
    "read_sql",
]


def open_source(
    format_name: str,
    schema: StructType,
    options: Mapping[str, str],
    paths: Sequence[str],
    source_folder: str,
    *,
    files: Files,
    clock: Clock,
    time_zone: str,
) -> Source:
    """The stream of a file format, at the start of a query.

    Args:
        options: lower-case keys.
        paths: as the user wrote them; relative ones are fixed here.
        source_folder: `<checkpoint>/sources/<position of the source>`.
        time_zone: the session's.

    Raises:
        AnalysisError: the format is unknown, or there is nothing at a path.
    """
    check_format(format_name)
    reader = FileReader(format_name, schema, options, time_zone)
    located = absolute_paths(_paths(options, paths))
    return FileStreamSource(reader, located, source_folder, files, clock)


def located(
    options: Mapping[str, str],
    paths: Sequence[str],
    files: Files,
    clock: Clock,
) -> tuple[str, ...]:
    """The paths of a source, made absolute from the working folder now.

    Raises:
        AnalysisError: there is nothing at one of them.
    """
    _listing(options, paths, files, clock).check_paths()
    return absolute_paths(_paths(options, paths))


def read_relation(
    format_name: str,
    schema: StructType,
    options: Mapping[str, str],
    paths: Sequence[str],
    *,
    time_zone: str,
    care: ReadCare = ReadCare.TEXT,
    files: Files | None = None,
    clock: Clock | None = None,
    listed: Sequence[ListedFile] | None = None,
) -> SourceRelation:
    """All rows that are there now, columns as in `schema`.

    Of the files that were `listed`, if they were, by `list_files`. A statement over
    SQL may fail with one of `REREAD_CONDITIONS`; then it is asked for again with the
    next `ReadCare`, up to the last.
    """
    check_format(format_name)
    if listed is None:
        listed = list_files(options, paths, files, clock, time_zone)
    return FileReader(format_name, schema, options, time_zone).relation(listed, care)


def read_sql(
    format_name: str,
    schema: StructType,
    options: Mapping[str, str],
    paths: Sequence[str],
    *,
    time_zone: str,
    care: ReadCare = ReadCare.TEXT,
    files: Files | None = None,
) -> str:
    """As `read_relation`, of a format whose files DuckDB reads, as a SELECT."""
    relation = read_relation(
        format_name,
        schema,
        options,
        paths,
        time_zone=time_zone,
        care=care,
        files=files,
    )
    assert relation.sql is not None, "a format of tables"
    return relation.sql


def list_files(
    options: Mapping[str, str],
    paths: Sequence[str],
    files: Files | None = None,
    clock: Clock | None = None,
    time_zone: str = "UTC",
) -> list[ListedFile]:
    """The files that are there now, in the order of their paths.

    Args:
        time_zone: the session's, for times in the options.

    Raises:
        AnalysisError: there is nothing at a path.
    """
    listing = _listing(options, paths, files, clock, time_zone)
    listing.check_paths()
    return sorted(listing.files(), key=lambda file: file.path)


def infer_schema(
    format_name: str,
    options: Mapping[str, str],
    paths: Sequence[str],
    query: Callable[[str], pa.Table],
    *,
    schema: StructType | None = None,
    files: Files | None = None,
    clock: Clock | None = None,
    time_zone: str = "UTC",
    infers_partition_types: bool = True,
) -> StructType:
    """The columns of a source: the user's or those of its files, and its partitions'.

    Args:
        query: runs one statement; used to look into files.
        schema: the user's, None to infer it.
        infers_partition_types: False takes names of folders as text.

    Raises:
        AnalysisError: nothing at a path, or no file to infer from.
    """
    check_format(format_name)
    found = list_files(options, paths, files, clock, time_zone)
    columns = schema
    if columns is None:
        reader = FileReader(format_name, StructType(), options)
        names = [file.path for file in reader.readable(found)]
        columns = infer_file_schema(format_name, options, names, query)
    return with_partition_fields(
        columns,
        found,
        is_given=schema is not None,
        infers_types=infers_partition_types,
    )


def _listing(
    options: Mapping[str, str],
    paths: Sequence[str],
    files: Files | None,
    clock: Clock | None,
    time_zone: str = "UTC",
) -> FileListing:
    return FileListing(
        absolute_paths(_paths(options, paths)),
        options,
        files or LocalFiles(),
        clock or SystemClock(),
        time_zone=time_zone,
    )


def _paths(options: Mapping[str, str], paths: Sequence[str]) -> tuple[str, ...]:
    """Paths given as arguments, and the one given as an option."""
    found = (*paths, *([options["path"]] if "path" in options else []))
    if not found:
        raise AnalysisError("PATH_NOT_FOUND", path="no path was given")
    return found
