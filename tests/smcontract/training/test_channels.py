from pathlib import Path

import pytest
from smcontract import media
from smcontract.errors import UserError
from smcontract.training import channels, texts
from smcontract.training.job import Channel

LIBSVM = {".libsvm": media.LIBSVM, ".svm": media.LIBSVM}


@pytest.fixture
def folder(tmp_path):
    for name in ("a.csv", "b.jsonl", "c.LIBSVM", "d", "e.txt"):
        (tmp_path / name).write_text("x")
    return tmp_path


def forms(folder: Path, content_type, endings):
    return {path.name: form for form, path in channels.files(Channel("train", folder, content_type), endings)}


def test_names_tell_where_the_content_type_does_not(folder):
    csv = dict.fromkeys(("a.csv", "b.jsonl", "c.LIBSVM", "d", "e.txt"), media.CSV)
    assert forms(folder, None, texts.ENDINGS) == csv | {"b.jsonl": media.JSON_LINES}
    assert forms(folder, None, LIBSVM) == csv | {"c.LIBSVM": media.LIBSVM}


@pytest.mark.parametrize(
    ("content_type", "endings", "form"),
    [
        ("text/csv; charset=utf-8", texts.ENDINGS, media.CSV),
        ("application/jsonlines", texts.ENDINGS, media.JSON_LINES),
        ("application/x-jsonlines", texts.ENDINGS, media.JSON_LINES),
        ("csv", LIBSVM, media.CSV),
        ("libsvm", LIBSVM, media.LIBSVM),
        ("text/x-libsvm", LIBSVM, media.LIBSVM),
    ],
)
def test_the_content_type_decides(folder, content_type, endings, form):
    assert set(forms(folder, content_type, endings).values()) == {form}


@pytest.mark.parametrize(
    ("content_type", "endings"),
    [("application/x-recordio-protobuf", LIBSVM), ("text/libsvm", texts.ENDINGS), ("image/png", texts.ENDINGS)],
)
def test_other_content_types_are_refused(folder, content_type, endings):
    with pytest.raises(UserError, match=f'"train" has the content type "{content_type}".*text/csv'):
        forms(folder, content_type, endings)


@pytest.mark.parametrize("name", ["a.JSONL.gz", "a.jsonl", "a.jsonl.GZ"])
def test_the_ending_of_a_compressed_file_is_the_one_before(name):
    assert channels.ending(Path(name)) == ".jsonl"
