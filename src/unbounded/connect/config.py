"""Config: the client's reading and writing of settings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pyspark.sql.connect.proto import base_pb2

from unbounded.conf import RuntimeConf, is_modifiable
from unbounded.connect.conversion import refuse, variant_of
from unbounded.errors import UnboundedError

__all__ = ["OPERATIONS", "answer_config"]

_LOGGER = logging.getLogger("unbounded")

Response = base_pb2.ConfigResponse


def answer_config(operation: Any, conf: RuntimeConf, response: Response) -> None:
    """Do one operation on settings, and put what it says into `response`."""
    kind = variant_of(operation, "op_type")
    act = OPERATIONS.get(kind)
    if act is None:
        raise refuse("config operation", kind, "Use a client of Spark 4.2.")
    act(getattr(operation, kind), conf, response)


def _set(message: Any, conf: RuntimeConf, response: Response) -> None:
    """Set pairs; a builder sets its options silently, those of a cluster too."""
    for pair in message.pairs:
        if message.silent and pair.key == "spark.app.name":
            conf.give(pair.key, pair.value)
            continue
        try:
            conf.set(pair.key, pair.value)
        except UnboundedError as error:
            if not message.silent:
                raise
            if pair.key.startswith("unbounded."):
                _LOGGER.warning("Ignored in a session's builder: %s", error)


def _get(message: Any, conf: RuntimeConf, response: Response) -> None:
    for key in message.keys:
        response.pairs.add(key=key, value=conf.get(key))


def _get_option(message: Any, conf: RuntimeConf, response: Response) -> None:
    for key in message.keys:
        response.pairs.add(key=key, value=conf.find(key))


def _get_with_default(message: Any, conf: RuntimeConf, response: Response) -> None:
    for pair in message.pairs:
        default = pair.value if pair.HasField("value") else None
        # As in Spark, the caller's default goes before the setting's own.
        value = conf.find_set(pair.key)
        response.pairs.add(key=pair.key, value=default if value is None else value)


def _get_all(message: Any, conf: RuntimeConf, response: Response) -> None:
    prefix = message.prefix
    for key, value in conf.all(prefix).items():
        response.pairs.add(key=key.removeprefix(prefix), value=value)


def _unset(message: Any, conf: RuntimeConf, response: Response) -> None:
    for key in message.keys:
        conf.unset(key)
        response.pairs.add(key=key)


def _is_modifiable(message: Any, conf: RuntimeConf, response: Response) -> None:
    for key in message.keys:
        # Spark calls a key modifiable only if it knows it.
        is_known = conf.find(key) is not None
        value = "true" if is_known and is_modifiable(key) else "false"
        response.pairs.add(key=key, value=value)


OPERATIONS: dict[str, Callable[[Any, RuntimeConf, Response], None]] = {
    "set": _set,
    "get": _get,
    "get_option": _get_option,
    "get_with_default": _get_with_default,
    "get_all": _get_all,
    "unset": _unset,
    "is_modifiable": _is_modifiable,
}
