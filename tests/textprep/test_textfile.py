"""What is gzip's is read, what is another form's is named, and a text is a text."""

import bz2
import gzip
import io
import lzma
import zipfile
from functools import partial

import pytest
from textprep.errors import DataError
from textprep.records import read_csv, read_jsonlines, read_text
from textprep.textfile import open_text

compress = partial(gzip.compress, mtime=0)  # the same bytes each time
TEXT = b"1,good\n0,bad\n"
# A real file: a CSV that was compressed and kept its name.
FAKE = bytes.fromhex("1f8b08088260086b00036e6f6e6c2e637376000500faff") + b"no more of it"


def packed(name, content=b"x"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def read(folder, content, name="reviews.csv"):
    path = folder / name
    path.write_bytes(content)
    return [(record.label, record.text) for record in read_csv([path])]


@pytest.mark.parametrize("name", ["reviews.csv", "reviews.csv.gz", "REVIEWS.CSV.GZ"])
@pytest.mark.parametrize("content", [compress(TEXT), compress(TEXT[:7]) + compress(TEXT[7:])])
def test_gzip_by_name_or_by_content(tmp_path, name, content):
    assert read(tmp_path, content, name) == [("1", "good"), ("0", "bad")]


def test_gzip_in_every_form(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(compress(b'\xef\xbb\xbf{"label": 1, "text": "good"}\n\n'))
    assert [record.position for record in read_jsonlines([path])] == ["a line 1"]
    assert [record.text for record in read_text([path])] == ['{"label": 1, "text": "good"}']


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (packed("reviews.csv"), "a ZIP archive"),
        (packed("[Content_Types].xml"), "an Office document, such as an Excel workbook"),
        (bz2.compress(TEXT), "compressed with bzip2"),
        (lzma.compress(TEXT), "compressed with xz"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "compressed with Zstandard"),
        (b"PAR1\x15\x04\x15", "a Parquet file"),
        (TEXT.decode().encode("utf-16"), "text in UTF-16"),
        (b"\xfe\xff" + TEXT.decode().encode("utf-16-be"), "text in UTF-16"),
        (TEXT.decode().encode("utf-32"), "text in UTF-32"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (b"a.csv".ljust(257, b"\0") + b"ustar\0" + bytes(249), "a tar archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word document"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG image"),
        (b"GIF89a\x10\0\x10\0\x80\0\0", "a GIF image"),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_other_forms_are_named(tmp_path, content, form, inside):
    with pytest.raises(DataError) as error:
        read(tmp_path, compress(content) if inside else content)
    name = "what reviews.csv holds, compressed with gzip," if inside else "reviews.csv"
    assert str(error.value) == f"{name} is {form}: give text in UTF-8, plain or compressed with gzip"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (compress(TEXT)[:-9], "a.csv", "a.csv is compressed with gzip and damaged or cut off"),
        (compress(TEXT)[:12], "a.csv", "a.csv is compressed with gzip and damaged or cut off"),
        (b"\x1f\x8b", "a.csv", "a.csv is compressed with gzip and damaged or cut off"),
        (compress(TEXT)[:-8] + bytes(8), "a.csv", "a.csv is compressed with gzip and damaged or cut off (CRC"),
        (FAKE, "fake.csv", "fake.csv is compressed with gzip and damaged or cut off"),
        (compress(compress(TEXT)), "a.csv", "is compressed with gzip once more"),
        (TEXT, "a.csv.gz", "a.csv.gz has the name of a gzip file but is not one"),
        (compress(b"1,good\n0,\xff\n"), "a.csv", "a.csv line 2: byte 3 is not UTF-8"),
    ],
)
def test_damage_is_named(tmp_path, content, name, sentence):
    with pytest.raises(DataError) as error:
        read(tmp_path, content, name)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    "start", [b"PAR1,good\n", b"BZh,good\n", b"PK,good\n", b"ORC,good\n", b"7z,good\n", b"GIF89a,good\n"]
)
def test_a_text_may_begin_like_another_form(tmp_path, start):
    assert read(tmp_path, start) == [(start.decode().partition(",")[0], "good")]


def test_a_bomb_is_read_as_a_stream(tmp_path):
    path = tmp_path / "bomb.csv"
    with gzip.open(path, "wb") as file:
        for _ in range(64):
            file.write(bytes(2**20).replace(b"\0", b"x"))
    with pytest.raises(DataError, match="line 1: the record is larger than"):
        list(read_csv([path]))
    with open_text(path) as file:
        assert len(file.read(100)) == 100
