from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from unbounded.errors import AnalysisError, CheckpointError
from unbounded.files import LocalFiles
from unbounded.parser import parse_schema
from unbounded.session.warehouse import Table, Warehouse
from unbounded.testing import SimulatedCrash, SimulatedFiles

SCHEMA = parse_schema("v INT, k STRING")


def table(folder: Path, name: str = "clicks", **fields: object) -> Table:
    location = str(folder / name)
    return Table(name, "parquet", SCHEMA, location, **fields)  # type: ignore[arg-type]


def test_a_table_is_found_as_it_was_made_also_by_another_process(
    tmp_path: Path,
) -> None:
    made = table(
        tmp_path,
        partition_columns=("k",),
        options={"compression": "gzip"},
        is_managed=False,
        description="what was clicked",
    )
    Warehouse(LocalFiles(), str(tmp_path)).create(made)
    assert Warehouse(LocalFiles(), str(tmp_path)).find("CLICKS") == made


def test_a_warehouse_without_tables_makes_no_folder(tmp_path: Path) -> None:
    warehouse = Warehouse(LocalFiles(), str(tmp_path / "warehouse"))
    assert warehouse.tables() == []
    assert warehouse.find("clicks") is None
    assert not (tmp_path / "warehouse").exists()


def test_a_name_is_of_one_table(tmp_path: Path) -> None:
    warehouse = Warehouse(LocalFiles(), str(tmp_path))
    warehouse.create(table(tmp_path))
    with pytest.raises(AnalysisError) as caught:
        warehouse.create(table(tmp_path))
    assert caught.value.condition == "TABLE_OR_VIEW_ALREADY_EXISTS"


@pytest.mark.parametrize("name", ["a-b", "a b", "a/b", "", "ä", ".."])
def test_a_name_that_is_no_word_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        Warehouse(LocalFiles(), str(tmp_path)).create(table(tmp_path, name))
    assert caught.value.condition == "INVALID_SCHEMA_OR_RELATION_NAME"


def test_a_dropped_table_takes_its_folder_along_unless_it_was_there(
    tmp_path: Path,
) -> None:
    warehouse = Warehouse(LocalFiles(), str(tmp_path))
    warehouse.create(table(tmp_path, "ours"))
    warehouse.create(table(tmp_path, "theirs", is_managed=False))
    warehouse.drop("ours")
    warehouse.drop("theirs")
    warehouse.drop("nobody_s")
    assert warehouse.tables() == []
    assert not (tmp_path / "ours").exists()
    assert (tmp_path / "theirs").exists()


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    def create(number: int) -> None:
        # Each as another process has it: with a lock of its own.
        warehouse = Warehouse(LocalFiles(), str(tmp_path))
        warehouse.create(table(tmp_path, f"t{number}"))

    threads = [threading.Thread(target=create, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tables = Warehouse(LocalFiles(), str(tmp_path)).tables()
    assert [found.name for found in tables] == [f"t{n}" for n in range(8)]


def test_a_crash_leaves_the_catalog_as_before_or_as_after(tmp_path: Path) -> None:
    crashes = number = 0
    while crashes == number:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        Warehouse(LocalFiles(), str(folder)).create(table(folder, "old"))
        files = SimulatedFiles(str(folder), seed=number)
        files.crash_at(number)
        try:
            Warehouse(files, str(folder)).create(table(folder, "new"))
        except SimulatedCrash:
            crashes += 1
            files.reboot()
        names = [found.name for found in Warehouse(files, str(folder)).tables()]
        assert names in (["old"], ["new", "old"])
    assert crashes >= 5


def test_the_catalog_is_a_sqlite_database_that_others_can_read(tmp_path: Path) -> None:
    Warehouse(LocalFiles(), str(tmp_path)).create(table(tmp_path))
    catalog = sqlite3.connect(tmp_path / "_unbounded" / "catalog.sqlite")
    names = catalog.execute("SELECT name, format, location FROM tables").fetchall()
    catalog.close()
    assert names == [("clicks", "parquet", str(tmp_path / "clicks"))]


@pytest.mark.parametrize("damage", ["torn", "version"])
def test_a_catalog_that_can_t_be_read_is_named(damage: str, tmp_path: Path) -> None:
    Warehouse(LocalFiles(), str(tmp_path)).create(table(tmp_path))
    path = tmp_path / "_unbounded" / "catalog.sqlite"
    if damage == "torn":
        path.write_bytes(b"no database" + path.read_bytes()[:500])
    else:
        catalog = sqlite3.connect(path)
        catalog.execute("PRAGMA user_version = 7")
        catalog.close()
    with pytest.raises(CheckpointError) as caught:
        Warehouse(LocalFiles(), str(tmp_path)).tables()
    assert caught.value.condition == "CHECKPOINT_FILE_DAMAGED"
