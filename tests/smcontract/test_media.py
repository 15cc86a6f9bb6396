import pytest
from smcontract import media
from smcontract.httperrors import NotAcceptableError, UnsupportedMediaTypeError
from smcontract.media import CSV, JSON, JSON_LINES

TYPES = (JSON, JSON_LINES, CSV)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("application/json", JSON),
        ("Application/JSON", JSON),
        ("text/csv; charset=utf-8", CSV),
        ('text/csv;charset="UTF-8"; header=absent', CSV),
        ("text/csv;charset=us-ascii", CSV),
        ("text/csv;", CSV),
        (" text/csv ", CSV),
        ("application/x-jsonlines", JSON_LINES),
    ],
)
def test_content_type(header, name):
    assert media.content_type(header, TYPES) == media.Content(name)


@pytest.mark.parametrize("header", ["text/csv; header=present", 'text/csv;charset=utf-8;HEADER="Present"'])
def test_a_header_row_is_announced(header):
    assert media.content_type(header, TYPES) == media.Content(CSV, header=True)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("text/csv; header=maybe", "header=maybe"),
        ("text/csv; header", "header="),
        ("text/csv; label_size=0", "label_size=0"),
        ("application/json; header=present", "header=present"),
        ("application/json; odata=verbose", "odata=verbose"),
    ],
)
def test_a_parameter_that_is_not_known_is_refused_by_name(header, named):
    with pytest.raises(UnsupportedMediaTypeError, match=f'the parameter "{named}" is not supported'):
        media.content_type(header, TYPES)


@pytest.mark.parametrize(
    "header", ["image/png", "text", "*/*", "text/csv, application/json", "text/libsvm", ";", "é", ",", '"text/csv']
)
def test_unknown_content_type_lists_what_is_accepted(header):
    with pytest.raises(
        UnsupportedMediaTypeError, match="cannot be read here; this server accepts application/json, appl"
    ):
        media.content_type(header, TYPES)


@pytest.mark.parametrize("header", [None, ""])
def test_missing_content_type_is_not_guessed(header):
    with pytest.raises(UnsupportedMediaTypeError, match="no Content-Type header; this server accepts application/json"):
        media.content_type(header, TYPES)


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "", "utf-8; charset=latin-1"])
def test_other_charsets(charset):
    with pytest.raises(UnsupportedMediaTypeError, match=r"charset=.* in UTF-8"):
        media.content_type(f"text/csv; charset={charset}", TYPES)


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, CSV),
        ("", CSV),
        (" ", CSV),
        ("*/*", CSV),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/x-jsonlines", JSON_LINES),
        ("text/csv;q=0.9", CSV),
        ("text/csv;q=0.5, application/json;q=0.9", JSON),
        ("application/json, text/csv", CSV),
        ("application/json, */*", CSV),
        ("application/json, application/jsonlines;q=1.0", JSON),
        ("application/json, text/csv;q=0.999", JSON),
        ("image/png, application/jsonlines", JSON_LINES),
        ("application/*", JSON),
        ("text/*, application/json;q=0.9", CSV),
        ("text/html, */*;q=0.1", CSV),
        ("*/*, application/json", CSV),
        ("*/*;q=0.5, application/json", JSON),
        ("*/*, text/csv;q=0", JSON),
        ("*/*, application/*;q=0.2, text/csv;q=0.1", JSON),
        ("text/csv;q=nonsense, application/json;q=0.1", JSON),
        ('application/json;x="a,b;q=0", text/csv;q=0.9', JSON),
        (",, text/csv,", CSV),
    ],
)
def test_choose(accept, answer):
    assert media.choose(accept, TYPES, default=CSV) == answer


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "text/html, image/*",
        "text/csv;q=0",
        "*/*;q=0",
        ",",
        ";q=1",
        "text/csv;q=2",
        "*",
        "a/*/b",
        ";",
        '"',
    ],
)
def test_nothing_acceptable_lists_what_is_offered(accept):
    with pytest.raises(NotAcceptableError, match="ask for one of application/json, application/jsonlines, text/csv"):
        media.choose(accept, TYPES, default=CSV)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/csv", False),
        ("text/csv; charset=utf-8", False),
        ("text/csv; header=absent", False),
        ('Text/CSV;Header="present" ; charset=US-ASCII', True),
        ("text/plain; charset=utf8", False),
    ],
)
def test_a_csv_may_have_a_header(header, expected):
    assert media.has_header(media.parse(header)) is expected


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("text/csv; header=yes", "header=yes"),
        ("text/csv; header", "header="),
        ("text/csv; charset=latin-1", "charset=latin-1"),
        ("text/csv; separator=tab", "separator=tab"),
        ("text/plain; header=present", "header=present"),
    ],
)
def test_a_parameter_that_is_not_known_is_named(header, name):
    with pytest.raises(ValueError, match=f'the parameter "{name}" is not supported'):
        media.has_header(media.parse(header))
