"""Media types: compared by their whole name, since `application/jsonlines` begins as `application/json` does."""

from collections.abc import Mapping
from email.message import Message
from types import MappingProxyType
from typing import NamedTuple

JSON = "application/json"
CSV = "text/csv"
JSON_LINES = "application/jsonlines"

TYPES: Mapping[str, str] = MappingProxyType({
    ".csv": CSV, ".json": JSON, ".jsonl": JSON_LINES, ".jsonlines": JSON_LINES, ".libsvm": "text/libsvm",
    ".npy": "application/x-npy", ".svm": "text/libsvm", ".txt": "text/plain",
})  # fmt: skip
"""Content types by the ends of file names."""

_ALIASES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("application/jsonl", "application/ndjson", "application/x-jsonlines", "application/x-ndjson"), JSON_LINES
    )
)


class MediaType(NamedTuple):
    """`Text/CSV; charset="UTF-8"` is MediaType("text/csv", "utf-8"); other parameters do not matter here."""

    name: str
    charset: str

    @property
    def is_utf8(self) -> bool:
        """Whether it is text in UTF-8."""
        is_text = self.name.partition("/")[0] == "text" or self.name in (JSON, JSON_LINES)
        return is_text and self.charset in ("utf-8", "utf8", "us-ascii")


def parse(header: str) -> MediaType:
    """Return a media type, in lower case, other names of JSON Lines and JSON as their usual one.

    Example:
        >>> parse('Text/CSV; header=present; charset="UTF-8"')
        MediaType(name='text/csv', charset='utf-8')
        >>> parse("application/jsonlines").name == parse("application/json").name
        False
    """
    message = Message()
    message["Content-Type"] = header
    name = header.partition(";")[0].strip().lower()
    return MediaType(
        _ALIASES.get(name, JSON if name.endswith("+json") else name), str(message.get_content_charset("utf-8"))
    )
