"""text8: taken when it is that text to the last byte."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from driver.data import text8
from driver.errors import DriverError

TEXT = b" anarchism originated as a term of abuse"


@pytest.fixture(params=["text8", "text8.zip"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "text8").write_bytes(TEXT)
    with zipfile.ZipFile(tmp_path / "text8.zip", "w") as archive:
        archive.write(tmp_path / "text8", "text8")
    path: Path = tmp_path / request.param
    return path


def test_it_becomes_the_corpus(source: Path, tmp_path: Path) -> None:
    md5 = hashlib.md5(TEXT).hexdigest()
    assert text8.prepare(source, tmp_path / "new", md5) == {"words of corpus": 7}
    assert (tmp_path / "new" / "corpus" / "text8").read_bytes() == TEXT


def test_another_text_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=f"is not text8, or not all of it: the text's MD5 is .*, not {text8.MD5}"):
        text8.prepare(source, tmp_path / "new")
