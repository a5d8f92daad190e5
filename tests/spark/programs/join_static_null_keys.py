"""Joins: null keys find no row, but by the null-safe equality."""

from tests.spark.static_joins import RIGHT_STATIC, kinds, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)

    def join(kind):
        return read.join(table, read.k.eqNullSafe(table.k), kind)

    return kinds(join, folder, *RIGHT_STATIC)
