from __future__ import annotations

import os

import pytest
from hypothesis import given, strategies as st

from unbounded.checkpoint import from_uri, to_uri
from unbounded.errors import UnsupportedError


@pytest.mark.parametrize(
    "path, uri",
    [
        ("/in/plain.json", "file:///in/plain.json"),
        ("/in/_-!.~'()*,;:$&+=@", "file:///in/_-!.~'()*,;:$&+=@"),
        ("/in/sp ace", "file:///in/sp%20ace"),
        ("/in/100%", "file:///in/100%25"),
        ("/in/%41", "file:///in/%2541"),
        ("/in/a#b?c", "file:///in/a%23b%3Fc"),
        ('/in/"[x]{y}<z>|^`\\', "file:///in/%22%5Bx%5D%7By%7D%3Cz%3E%7C%5E%60%5C"),
        ("/in/é汉字😀", "file:///in/é汉字😀"),
        ("/in/e\u0301", "file:///in/e\u0301"),
        ("/in/\xa0\u2028\u3000", "file:///in/%C2%A0%E2%80%A8%E3%80%80"),
        ("/in/\x01\t\x7f\x85", "file:///in/%01%09%7F%C2%85"),
        (os.fsdecode(b"/in/\xff"), "file:///in/%FF"),
    ],
)
def test_a_path_is_written_as_java_writes_it(path: str, uri: str) -> None:
    assert to_uri(path) == uri
    assert from_uri(uri) == path


@given(st.binary(max_size=12).filter(lambda name: b"\0" not in name))
def test_every_name_comes_back(name: bytes) -> None:
    path = "/" + os.fsdecode(name)
    assert from_uri(to_uri(path)) == path


@pytest.mark.parametrize(
    "uri, path",
    [
        ("file:/a/b", "/a/b"),
        ("file:///a/%C3%A9", "/a/é"),
        ("FILE:///a", "/a"),
        ("/plain/100%", "/plain/100%"),
    ],
)
def test_other_forms_are_read_too(uri: str, path: str) -> None:
    assert from_uri(uri) == path


@pytest.mark.parametrize(
    "uri", ["s3a://bucket/a", "hdfs://host/a", "file://host/a", "x"]
)
def test_another_file_system_is_refused(uri: str) -> None:
    with pytest.raises(UnsupportedError) as raised:
        from_uri(uri)
    assert raised.value.condition == "UNSUPPORTED_FILE_SYSTEM"
    assert uri in raised.value.message
