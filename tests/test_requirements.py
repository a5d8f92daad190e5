"""What the package asks of its environment."""

from importlib import metadata

from packaging.requirements import Requirement


def required(name: str) -> Requirement:
    found = [Requirement(text) for text in metadata.requires("unbounded") or ()]
    return next(one for one in found if one.name == name)


def test_pandas_3_is_kept_out_because_the_client_warns_of_it() -> None:
    versions = required("pandas").specifier
    assert "2.3.3" in versions
    assert "3.0.0" not in versions


def test_client_stays_at_the_version_that_is_reported() -> None:
    versions = required("pyspark-client").specifier
    assert "4.2.0" in versions
    assert "4.3.0" not in versions
