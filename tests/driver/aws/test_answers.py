import pytest
from hypothesis import given
from hypothesis import strategies as st

from driver.aws.answers import Answer

TWO = b'{"label": "pos"}\n{"label": "neg"}\n'


@pytest.mark.parametrize("content_type", ["application/jsonlines", "application/x-ndjson; charset=utf-8"])
@pytest.mark.parametrize("content", [TWO, TWO.rstrip(), TWO.replace(b"\n", b"\r\n")])
def test_json_lines_are_a_list_and_lines(content, content_type):
    answer = Answer(content, content_type)
    assert answer.document() == [{"label": "pos"}, {"label": "neg"}]
    assert answer.lines() == ['{"label": "pos"}', '{"label": "neg"}']


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON;charset=utf-8", "application/x+json"])
def test_json_is_a_line_a_prediction(content_type):
    assert Answer(b'{"predictions": [1, "a"]}', content_type).lines() == ["1", '"a"']
    assert Answer(b'["a", [2]]', content_type).lines() == ['"a"', "[2]"]
    assert Answer(b'"a"', content_type).lines() == ['"a"']


def test_only_a_newline_ends_a_line():
    assert Answer('"a\u2028b"\n"c\x85d"\n'.encode(), "application/jsonlines").document() == ["a\u2028b", "c\x85d"]
    assert Answer("a\u2028b\r\nc\x0cd".encode(), "text/csv").lines() == ["a\u2028b", "c\x0cd"]


@pytest.mark.parametrize(
    "content",
    [TWO, b"", b"not JSON", b"[" * 100_000, b"9" * 5_000, b'{"predictions": ', b"\xff"],
    ids=["lines", "nothing", "text", "deep", "long", "cut", "bytes"],
)
def test_what_is_not_what_its_type_says_is_shown_as_text(content):
    answer = Answer(content, "application/json")
    assert isinstance(answer.document(), str)
    assert "\n".join(answer.lines()) == content.decode("utf-8", "backslashreplace").removesuffix("\n")


def test_a_charset_is_honoured_where_there_is_such_a_one():
    assert Answer(b"caf\xe9", "text/csv; charset=latin-1").document() == "café"
    assert Answer(b"caf\xe9", "text/csv").document() == "caf\\xe9"


@given(st.binary(), st.sampled_from(["utf-8", "idna", "punycode", "base64", "undefined", "utf-16", "no such", "a\0b"]))
def test_no_answer_ends_the_driver(content, charset):
    for name in ("application/json", "application/jsonlines", "text/csv", ""):
        answer = Answer(content, f"{name}; charset={charset}")
        answer.document(), answer.lines()
