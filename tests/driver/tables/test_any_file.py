"""Any bytes: a table, or a sentence. What is taken for a channel as it is, the images' own reader reads alike."""

import json
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from textprep.records import read_csv, read_jsonlines

from driver.errors import DriverError
from driver.requests.channels import Channel
from driver.tables import checking, preparing
from driver.tables.checking import Checked
from driver.tables.labels import Takes
from driver.tables.table import Choices

PIECE = st.sampled_from(
    ["pos", "neg", "label", "text", "1", "A fine film", "dull", ",", ",", ";", "\t", '"', '""', "\n", "\n", "\r\n",
     "\r", " ", "\\", "\0", "é", "\ufeff", "{", "}", "[", ":", "null", "__label__", "\x85", "\u2028"]
)  # fmt: skip
TEXT = st.text("ab ,'\n\r;é", min_size=1)
ROW = st.builds(lambda label, text: f'{label},"{text}"\n', st.sampled_from(["pos", "neg"]), TEXT)
START = st.sampled_from([b"", b"PK\x03\x04 xl/ [Content_Types].xml", b"PAR1", b"\x1f\x8b", b"\xff\xfe"])
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
ANY_FILE = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def look(path: Path) -> Checked | None:
    """What a file holds, where it is not refused in a sentence."""
    with suppress(DriverError):
        checked = checking.check(path, Choices())
        checked.demand()
        return checked
    return None


@ANY_FILE
@given(st.lists(PIECE).map("".join) | st.lists(ROW, max_size=8).map("".join), st.sampled_from(["csv", "jsonl", "txt"]))
@example("pos,a\rneg,b\n", "csv")
def test_what_is_uploaded_as_it_is_the_images_read_alike(tmp_path, text, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(text.encode())
    checked = look(path)
    if checked and preparing.is_read_so(checked, Channel(name="train", source=str(path)), Takes("any")):
        read = read_jsonlines if ending == "jsonl" else read_csv
        expected = [(str(record.label).strip(), record.text) for record in read([path])]
        assert [(record.label, record.text) for record in checked.records] == expected


@ANY_FILE
@given(st.binary(max_size=200), START)
def test_any_bytes_are_read_or_refused(tmp_path, data, start):
    (tmp_path / "a.csv").write_bytes(start + data)
    look(tmp_path / "a.csv")


@ANY_FILE
@given(VALUE)
def test_any_json_is_read_or_refused(tmp_path, value):
    (tmp_path / "a.json").write_text(json.dumps(value))
    look(tmp_path / "a.json")
