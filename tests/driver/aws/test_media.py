import pytest
from hypothesis import given
from hypothesis import strategies as st

from driver.aws import media


@pytest.mark.parametrize(
    ("header", "name", "charset"),
    [
        ("application/json", "application/json", "utf-8"),
        ("APPLICATION/JSON; charset=UTF-8", "application/json", "utf-8"),
        ("application/problem+json", "application/json", "utf-8"),
        ("application/jsonlines", "application/jsonlines", "utf-8"),
        ("application/x-ndjson", "application/jsonlines", "utf-8"),
        ("application/json5", "application/json5", "utf-8"),
        ('text/csv; header=present; charset="latin-1"', "text/csv", "latin-1"),
        ("text/csv;", "text/csv", "utf-8"),
        ("", "", "utf-8"),
    ],
)
def test_names_are_whole_and_parameters_apart(header, name, charset):
    assert media.parse(header) == (name, charset)


@pytest.mark.parametrize(
    "header", ["text/csv", "application/json", "application/jsonlines", "text/x; charset=US-ASCII"]
)
def test_text_in_utf_8(header):
    assert media.parse(header).is_utf8


@pytest.mark.parametrize("header", ["application/x-npy", "text/csv; charset=latin-1", "image/png", "textual/x"])
def test_what_is_not(header):
    assert not media.parse(header).is_utf8


@given(st.text())
def test_no_header_ends_the_driver(header):
    media.parse(header)
    media.parse(f"text/csv; charset={header}")
