"""Media types: what a request says it holds, and what its sender wants back (RFC 9110, sections 8.3 and 12.5.1).

Parses headers only. Never looks into a body to find out what it is.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from smcontract.errors import shown
from smcontract.httperrors import NotAcceptableError, UnsupportedMediaTypeError

JSON = "application/json"
JSON_LINES = "application/jsonlines"
CSV = "text/csv"
PLAIN = "text/plain"
LIBSVM = "text/libsvm"
RECORDIO = "application/x-recordio-protobuf"
PARQUET = "application/x-parquet"

ALIASES = {"application/x-jsonlines": JSON_LINES, "text/x-libsvm": LIBSVM}
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})

# What stands between commas, or between semicolons, those in double quotes aside.
_ELEMENT = re.compile(r'(?:[^,"]|"[^"]*"?)+')
_PART = re.compile(r'(?:[^;"]|"[^"]*"?)+')


class Content(NamedTuple):
    """What a request body is; `header` is whether its first row names the columns (`text/csv; header=present`)."""

    name: str
    header: bool = False


class MediaType(NamedTuple):
    """`text/csv; charset=utf-8` is MediaType("text/csv", {"charset": "utf-8"})."""

    name: str
    parameters: dict[str, str]


def parse(header: str) -> MediaType:
    """One media type with its parameters; names and charsets in lower case, aliases resolved.

    Example:
    >>> parse('Text/CSV; Charset="UTF-8"')
    MediaType(name='text/csv', parameters={'charset': 'utf-8'})
    """
    name, *rest = [part.strip().lower() for part in _PART.findall(header)] or [""]
    pairs = (part.partition("=") for part in rest if part)
    return MediaType(ALIASES.get(name, name), {key.strip(): value.strip().strip('"') for key, _, value in pairs})


def has_header(media: MediaType) -> bool:
    """Whether the first row of a text/csv is a header, as its parameter `header` says (RFC 4180); not without one.

    Raises:
        ValueError: there is another parameter, or another charset than UTF-8 or its part US-ASCII.

    Example:
    >>> has_header(parse("text/csv; header=present"))
    True
    """
    for name, value in media.parameters.items():
        is_known = media.name == CSV and name == "header" and value in ("present", "absent")
        if not is_known and not (name == "charset" and value in CHARSETS):
            allowed = "charset=utf-8, header=present or header=absent" if media.name == CSV else "charset=utf-8"
            raise ValueError(f"the parameter {shown(f'{name}={value}')} is not supported; {media.name} takes {allowed}")
    return media.parameters.get("header") == "present"


@lru_cache(maxsize=256)
def content_type(header: str | None, accepted: tuple[str, ...]) -> Content:
    """What a request body is.

    Raises:
        UnsupportedMediaTypeError: it is missing, not accepted, in another charset than UTF-8 or its part US-ASCII, or
            has a parameter that is not known: what it says of the body would be left out of account.

    Example:
    >>> content_type("text/csv; charset=utf-8; header=present", (JSON, CSV))
    Content(name='text/csv', header=True)
    """
    if not header:
        raise UnsupportedMediaTypeError("the request has no Content-Type header", accepted)
    media = parse(header)
    if media.name not in accepted:
        raise UnsupportedMediaTypeError(f"Content-Type {shown(header)} cannot be read here", accepted)
    try:
        return Content(media.name, has_header(media))
    except ValueError as error:
        raise UnsupportedMediaTypeError(f"Content-Type: {error}", accepted) from None


@lru_cache(maxsize=256)
def choose(accept: str | None, offered: tuple[str, ...], default: str) -> str:
    """The media type to answer with: the highest q, then `default`, then the earliest in the header, then `offered`.

    For each type offered the most specific range that matches it counts, so `*/*, text/csv;q=0` refuses CSV.

    Raises:
        NotAcceptableError: no type offered matches with a q above zero.

    Example:
    >>> choose("text/html, text/csv;q=0.5, application/json;q=0.4", (JSON, CSV), JSON)
    'text/csv'
    >>> choose(None, (JSON, CSV), CSV)
    'text/csv'
    """
    if not accept or not accept.strip():
        return default
    ranges = [parse(element) for element in _ELEMENT.findall(accept)]
    ranked = []
    for place, name in enumerate(sorted(offered, key=lambda name: name != default)):
        matches = [(-_specificity(media.name, name), index) for index, media in enumerate(ranges)]
        specificity, index = min(matches, default=(0, 0))
        quality = _quality(ranges[index]) if specificity else 0
        if quality:
            ranked.append((-quality, name != default, index, place, name))
    if not ranked:
        raise NotAcceptableError(accept, offered)
    return min(ranked)[-1]


def _specificity(range_: str, name: str) -> int:
    """3 for the very type, 2 for `text/*`, 1 for `*/*`, 0 for no match."""
    main = name.partition("/")[0]
    return {name: 3, f"{main}/*": 2, "*/*": 1}.get(range_, 0)


def _quality(media: MediaType) -> float:
    """The q of a range, 1 when it has none; what is not a number from 0 to 1 is an unusable range, so 0."""
    q = media.parameters.get("q", "1")
    return float(q) if re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", q) else 0.0
