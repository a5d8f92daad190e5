from __future__ import annotations

import pytest

from unbounded.conf import DEFAULTS, RuntimeConf, is_modifiable, local_time_zone
from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.memory import MEMORY_LIMIT

SHUFFLE = "spark.sql.shuffle.partitions"
ZONE = "spark.sql.session.timeZone"


def test_every_default_is_accepted_by_its_own_check() -> None:
    assert RuntimeConf(DEFAULTS).all().items() >= dict(DEFAULTS).items()


def test_own_setting_goes_before_a_given_one() -> None:
    conf = RuntimeConf({SHUFFLE: "3"})
    conf.set(SHUFFLE, "4")
    assert conf.get(SHUFFLE) == "4"
    conf.unset(SHUFFLE)
    assert conf.get(SHUFFLE) == "3"


def test_value_found_may_be_a_default_and_a_value_set_not() -> None:
    conf = RuntimeConf()
    assert conf.find(SHUFFLE) == "200"
    assert conf.find_set(SHUFFLE) is None
    assert conf.find("no.such.key") is None


def test_unknown_key_may_be_set() -> None:
    conf = RuntimeConf()
    conf.set("my.key", "v")
    assert conf.get("my.key") == "v"
    conf.reset()
    with pytest.raises(IllegalArgumentError) as caught:
        conf.get("my.key")
    assert caught.value.condition == "SQL_CONF_NOT_FOUND"


def test_copy_goes_its_own_way() -> None:
    conf = RuntimeConf()
    conf.set(SHUFFLE, "3")
    copy = conf.copy()
    copy.set(SHUFFLE, "4")
    assert (conf.get(SHUFFLE), copy.get(SHUFFLE)) == ("3", "4")


def test_all_can_be_asked_for_by_prefix() -> None:
    conf = RuntimeConf()
    conf.set("my.a", "1")
    assert conf.all("my.") == {"my.a": "1"}


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        ("spark.sql.warehouse.dir", "CANNOT_MODIFY_STATIC_CONFIG"),
        ("spark.executor.cores", "CANNOT_MODIFY_CONFIG"),
    ],
)
def test_static_key_is_given_and_not_set(key: str, condition: str) -> None:
    conf = RuntimeConf({key: "x"})
    assert conf.get(key) == "x"
    assert not is_modifiable(key)
    with pytest.raises(AnalysisError) as caught:
        conf.set(key, "y")
    assert caught.value.condition == condition


@pytest.mark.parametrize(
    ("key", "value", "condition"),
    [
        (ZONE, "Mars/Base", "INVALID_CONF_VALUE.TIME_ZONE"),
        (SHUFFLE, "many", "INVALID_CONF_VALUE.TYPE_MISMATCH"),
        ("spark.sql.ansi.enabled", "perhaps", "INVALID_CONF_VALUE.TYPE_MISMATCH"),
        ("spark.sql.timestampType", "DATE", "INVALID_CONF_VALUE"),
    ],
)
def test_value_a_key_does_not_take_is_refused(
    key: str, value: str, condition: str
) -> None:
    with pytest.raises(IllegalArgumentError) as caught:
        RuntimeConf().set(key, value)
    assert caught.value.condition == condition


def test_time_zone_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert local_time_zone() == "Asia/Tokyo"
    assert RuntimeConf().get(ZONE) == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "no/such/zone")
    assert local_time_zone() == "UTC"


def test_memory_limit_is_known_fixed_and_checked() -> None:
    assert RuntimeConf().get(MEMORY_LIMIT) == "60%"
    assert RuntimeConf({MEMORY_LIMIT: "8g"}).get(MEMORY_LIMIT) == "8g"
    assert not is_modifiable(MEMORY_LIMIT)
    with pytest.raises(IllegalArgumentError) as caught:
        RuntimeConf({MEMORY_LIMIT: "plenty"})
    assert caught.value.condition == "INVALID_CONF_VALUE.REQUIREMENT"


def test_unknown_policy_of_watermarks_is_refused_as_by_spark() -> None:
    conf = RuntimeConf()
    key = "spark.sql.streaming.multipleWatermarkPolicy"
    conf.set(key, "MAX")
    with pytest.raises(IllegalArgumentError) as caught:
        conf.set(key, "average")
    assert caught.value.condition == "INVALID_CONF_VALUE.REQUIREMENT"
    assert conf.get(key) == "MAX"
