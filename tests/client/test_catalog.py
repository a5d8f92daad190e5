from __future__ import annotations

from typing import Any

import pytest
from pyspark.errors import AnalysisException


def test_current_names_are_sparks(spark: Any) -> None:
    assert spark.catalog.currentDatabase() == "default"
    assert spark.catalog.currentCatalog() == "spark_catalog"
    assert [one.name for one in spark.catalog.listCatalogs()] == ["spark_catalog"]
    assert [one.name for one in spark.catalog.listDatabases()] == ["default"]
    assert spark.catalog.databaseExists("default")
    assert not spark.catalog.databaseExists("nowhere")


def test_views_are_listed_found_and_dropped(spark: Any) -> None:
    spark.range(1).createOrReplaceTempView("one")
    assert spark.catalog.tableExists("one")
    assert [table.name for table in spark.catalog.listTables()] == ["one"]
    assert spark.catalog.getTable("one").isTemporary
    assert spark.catalog.dropTempView("one") is True
    assert spark.catalog.dropTempView("one") is False
    assert not spark.catalog.tableExists("one")


def test_global_views_live_in_their_own_database(spark: Any) -> None:
    spark.range(1).createGlobalTempView("shared")
    try:
        assert spark.catalog.tableExists("global_temp.shared")
        assert spark.table("global_temp.shared").count() == 1
        with pytest.raises(AnalysisException):
            spark.range(1).createGlobalTempView("shared")
    finally:
        assert spark.catalog.dropGlobalTempView("shared") is True


def test_columns_of_a_view_are_listed(spark: Any) -> None:
    spark.range(1).createOrReplaceTempView("one")
    (column,) = spark.catalog.listColumns("one")
    assert (column.name, column.dataType) == ("id", "bigint")


def test_cached_view_is_known(spark: Any) -> None:
    spark.range(1).createOrReplaceTempView("one")
    spark.catalog.cacheTable("one")
    assert spark.catalog.isCached("one")
    spark.catalog.clearCache()
    assert not spark.catalog.isCached("one")


def test_unknown_names_are_errors(spark: Any) -> None:
    with pytest.raises(AnalysisException):
        spark.catalog.setCurrentDatabase("nowhere")
    with pytest.raises(AnalysisException):
        spark.catalog.getTable("nothing")
