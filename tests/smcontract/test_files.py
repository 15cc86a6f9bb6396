import hashlib

import pytest
from smcontract import files
from smcontract.errors import UserError


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "is not valid JSON"),
        (b"", "is not valid JSON"),
        (b'{"a": "\xff"}', "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON: it is nested too deeply"),
        (b'{"a": ' + b"9" * 4301 + b"}", "is not valid JSON: a number has 4301 digits"),
        (b"[1]", "must hold a JSON object, not a list"),
    ],
)
def test_what_is_not_a_json_object_is_refused(tmp_path, content, complaint):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=complaint):
        files.read_object(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"cannot read .*config.json: No such file"):
        files.read_object(tmp_path / "config.json")


def test_an_object_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "metrics.json"
    files.write_object(path, {"é": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_object(path, {"é": float("nan")})
    assert files.read_object(path) == {"é": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_half_a_character_is_written_as_json_escapes_it(tmp_path):
    files.write_object(tmp_path / "manifest.json", {"label": "\ud800 é"})
    assert rb'"\ud800 ' + "é".encode() in (tmp_path / "manifest.json").read_bytes()
    assert files.read_object(tmp_path / "manifest.json") == {"label": "\ud800 é"}


def test_checksums_are_those_of_hashlib(tmp_path):
    (tmp_path / "file").write_bytes(b"abc" * 100_000)
    assert files.sha256(tmp_path / "file") == hashlib.sha256(b"abc" * 100_000).hexdigest()
