"""The plain way to preprocess text, one library call after another: the reference of tests and benchmarks."""

import re
from html.parser import HTMLParser
from typing import Any


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_tag(self, *_: Any, **__: Any) -> None:
        self.parts.append(" ")

    handle_starttag = handle_startendtag = handle_endtag = handle_tag
    handle_comment = handle_decl = handle_pi = unknown_decl = handle_tag


def tokens(review: str) -> list[str]:
    """Return the words of a review: HTML parsed, a space for each tag, lower case, runs of letters and digits."""
    parser = _Text()
    parser.feed(review)
    parser.close()
    return re.findall(r"[^\W_]+", "".join(parser.parts).lower())
