"""Bodies to parts, and predictions to bodies: JSON, JSON Lines, CSV (RFC 4180), text and libsvm lines, all in UTF-8.

A part is what one record stands in: a JSON value, the cells of a row, a row without quotes, a line.
`smcontract.records` makes records of them. A blank line is a part; the newline that ends a body is not. n records in
give n records out, in order.
"""

import csv
import io
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from smcontract import media, strictjson
from smcontract.errors import shown
from smcontract.httperrors import BadRequestError
from smcontract.records import RecordError, describe

Prediction = dict[str, Any]
Option = Callable[[Any], Any]  # a JSON value to what a model takes; raises ValueError with what to send instead

BOM = b"\xef\xbb\xbf"
_UNDECODABLE = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of bytes that are not UTF-8


class Parts(NamedTuple):
    """The parts of a body; where one could not be separated, the RecordError that says why."""

    kind: Literal["json", "csv", "row", "line", "message"]
    values: Sequence[Any]
    explain: bool = False
    options: Mapping[str, Any] = MappingProxyType({})
    first: int = 1  # the number of the first record among those of the request

    def slices(self, records: int, characters: int) -> Iterator["Parts"]:
        """The same in slices of at most so much, but at least a record; one that is empty if there are none.

        Example:
        >>> [(part.values, part.first) for part in Parts("line", ["a", "b", "c"]).slices(2, 100)]
        [(['a', 'b'], 1), (['c'], 3)]
        """
        start = total = 0
        for end, value in enumerate(self.values):
            total += length(value)
            if end > start and (end - start == records or total > characters):
                yield self._replace(values=self.values[start:end], first=self.first + start)
                start, total = end, length(value)
        yield self._replace(values=self.values[start:], first=self.first + start) if start else self


def length(value: Any) -> int:
    """How long a part is: its characters, and one for each value that is not a text.

    Example:
    >>> length("film"), length(["film", "2"]), length({"text": "film", "id": 2})
    (4, 5, 5)
    """
    if isinstance(value, str):
        return len(value)
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(len(each) if isinstance(each, str) else 1 for each in values)


def count(value: Any) -> int:
    """The option that is a whole number from 1.

    Example:
    >>> count(3)
    3
    """
    if type(value) is not int or value < 1:
        raise ValueError("a whole number from 1")
    return value


NO_OPTIONS: Mapping[str, Option] = MappingProxyType({})


def decode(
    body: bytes,
    media_type: str,
    *,
    tolerant: bool = False,
    options: Mapping[str, Option] = NO_OPTIONS,
    whole_rows: bool = False,
) -> Parts:
    """Split a body.

    Args:
        body: as it was received; a byte order mark is skipped.
        media_type: one of `smcontract.media`'s names. An array in JSON holds records, as "instances" does.
        tolerant: whether a line that cannot be read costs only itself (batch mode) or the whole request.
        options: what a JSON body may hold beside "instances" and "explain", by name.
        whole_rows: whether the rows of CSV may stay whole where splitting at commas gives their cells.

    Raises:
        BadRequestError: the body is not what its media type says; the sentence gives the place.

    Example:
    >>> decode(b'"a film",2', media.CSV).values
    [['a film', '2']]
    """
    if media_type == media.JSON:
        return _json_parts(_text(body, tolerant=False), len(BOM) * body.startswith(BOM), options)
    text = _text(body, tolerant=tolerant)
    if media_type == media.CSV:
        if whole_rows and '"' not in text and text.count("\r") == text.count("\r\n"):
            return Parts("row", list(map(_decode, _lines(text))) if tolerant else _lines(text))
        return Parts("csv", _rows(text, tolerant=tolerant))
    lines: list[Any] = list(map(_decode, _lines(text))) if tolerant else _lines(text)
    if media_type == media.JSON_LINES:
        return Parts("json", list(map(_json_line, lines)))
    return Parts("line", lines)


def encode(predictions: Iterable[Prediction | RecordError], media_type: str, csv_columns: Sequence[str]) -> bytes:
    r"""The body that answers with these predictions, a RecordError becoming an error record in its place.

    Raises:
        ValueError: a prediction is NaN or infinite.

    Example:
    >>> encode([{"score": 0.5}, RecordError("the text is empty")], media.JSON_LINES, ["score"])
    b'{"score": 0.5}\n{"error": "the text is empty"}\n'
    """
    if media_type == media.CSV:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [f"ERROR: {p}"] if isinstance(p, RecordError) else [_cell(p[column]) for column in csv_columns]
            for p in predictions
        )
        return out.getvalue().encode(errors="backslashreplace")
    answers = [{"error": str(p)} if isinstance(p, RecordError) else p for p in predictions]
    if media_type == media.JSON_LINES:
        return b"".join(strictjson.dumps(answer) + b"\n" for answer in answers)
    return strictjson.dumps({"predictions": answers})


def _cell(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"a prediction is {value}")
    return value


def _text(body: bytes, *, tolerant: bool) -> str:
    content = body.removeprefix(BOM)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if tolerant:
            return content.decode(errors="surrogateescape")
        place = error.start + len(body) - len(content)
        raise BadRequestError(f"the body is not UTF-8: byte {place} is 0x{body[place]:02x}; send UTF-8") from None


def _decode(line: str) -> str | RecordError:
    return RecordError("its bytes are not UTF-8; send UTF-8") if _UNDECODABLE.search(line) else line


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _json_line(line: str | RecordError) -> Any:
    if isinstance(line, RecordError):
        return line
    if not line or line.isspace():
        return RecordError("the line is blank; send one JSON value a line")
    try:
        return strictjson.loads(line)
    except ValueError as error:
        return RecordError(f"the line is not JSON: {error}")


def _json_parts(text: str, start: int, options: Mapping[str, Option]) -> Parts:
    try:
        value = strictjson.loads(text, start)
    except ValueError as error:
        raise BadRequestError(f"the body is not JSON: {error}") from None
    if isinstance(value, list):
        return Parts("json", value)
    if not isinstance(value, dict):
        raise BadRequestError(f'the body is {describe(value)}; send {{"instances": [...]}}')
    explain = value.pop("explain", False)
    if not isinstance(explain, bool):
        raise BadRequestError(f'"explain" is {describe(explain)}; send true or false')
    given = {name: _option(name, value.pop(name), option) for name, option in options.items() if name in value}
    if len(value) != 1:
        beside = " or ".join(f'"{name}"' for name in ("explain", *options))
        raise BadRequestError(
            f'the object has the keys {shown(list(value))}; send {{"instances": [...]}} or one record, '
            f"optionally with {beside} beside it"
        )
    instances = value.get("instances", [value])
    if not isinstance(instances, list):
        raise BadRequestError(f'"instances" is {describe(instances)}; send an array of records')
    return Parts("json", instances, explain, given)


def _option(name: str, value: Any, option: Option) -> Any:
    try:
        return option(value)
    except ValueError as error:
        raise BadRequestError(f'"{name}" is {describe(value)}; send {error}') from None


def _rows(text: str, *, tolerant: bool) -> list[Any]:
    csv.field_size_limit(sys.maxsize)  # the body is in memory already, and its size was checked
    try:
        # A comprehension, unlike list(), lets the thread that answers /ping run in between.
        rows: list[Any] = [row for row in csv.reader(io.StringIO(text, newline="\n"), strict=True)]  # noqa: C416
    except csv.Error as error:
        if not tolerant:
            cure = "put a text in double quotes, and double the quotes inside it"
            raise BadRequestError(f"the body is not CSV: {error}; {cure}") from None
        rows = [_row(line) for line in _lines(text)]
    return [_decoded_row(row) for row in rows] if tolerant and _UNDECODABLE.search(text) else rows


def _row(line: str) -> list[str] | RecordError:
    """The cells of a line by itself, for a body that is not CSV as a whole."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        return RecordError(f"the line is not CSV: {error}")


def _decoded_row(row: list[str] | RecordError) -> list[str] | RecordError:
    bad = [] if isinstance(row, RecordError) else [e for e in map(_decode, row) if isinstance(e, RecordError)]
    return bad[0] if bad else row
