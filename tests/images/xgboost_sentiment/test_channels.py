from pathlib import Path

import pytest
from smcontract import media
from smcontract.errors import UserError
from smcontract.job import Channel
from xgboost_sentiment import channels, features, text


@pytest.fixture
def folder(tmp_path):
    for name in ("a.csv", "b.jsonl", "c.LIBSVM", "d", "e.txt"):
        (tmp_path / name).write_text("x")
    return tmp_path


def forms(folder: Path, content_type, endings):
    return {path.name: form for form, path in channels.files(Channel("train", folder, content_type), endings)}


def test_names_tell_where_the_content_type_does_not(folder):
    csv = dict.fromkeys(("a.csv", "b.jsonl", "c.LIBSVM", "d", "e.txt"), media.CSV)
    assert forms(folder, None, text.ENDINGS) == csv | {"b.jsonl": media.JSON_LINES}
    assert forms(folder, None, features.ENDINGS) == csv | {"c.LIBSVM": media.LIBSVM}


@pytest.mark.parametrize(
    ("content_type", "endings", "form"),
    [
        ("text/csv; charset=utf-8", text.ENDINGS, media.CSV),
        ("application/jsonlines", text.ENDINGS, media.JSON_LINES),
        ("application/x-jsonlines", text.ENDINGS, media.JSON_LINES),
        ("csv", features.ENDINGS, media.CSV),
        ("libsvm", features.ENDINGS, media.LIBSVM),
        ("text/x-libsvm", features.ENDINGS, media.LIBSVM),
    ],
)
def test_the_content_type_decides(folder, content_type, endings, form):
    assert set(forms(folder, content_type, endings).values()) == {form}


@pytest.mark.parametrize(
    ("content_type", "endings"),
    [("application/x-recordio-protobuf", features.ENDINGS), ("text/libsvm", text.ENDINGS), ("image/png", text.ENDINGS)],
)
def test_other_content_types_are_refused(folder, content_type, endings):
    with pytest.raises(UserError, match=f'"train" has the content type "{content_type}".*text/csv'):
        forms(folder, content_type, endings)
