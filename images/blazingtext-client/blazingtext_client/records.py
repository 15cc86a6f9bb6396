"""What a record of a request is: a word, or a sentence and perhaps the number of labels wanted.

A record may be a JSON string, an object whose `source` is the text, as BlazingText's JSON Lines have it, the one cell
of a CSV row, or a line of plain text. Unlike elsewhere an empty text is one: BlazingText answers it.
"""

from typing import Any, ClassVar, NamedTuple

from smcontract import media
from smcontract.errors import shown
from smcontract.records import RecordError, describe
from smcontract.serving import codecs
from textprep.characters import scalars


class Sentence(NamedTuple):
    """A text, and how many of the most probable labels are wanted if it says so itself."""

    text: str
    k: int | None = None


class Words:
    """A record is one word, looked up exactly as it stands.

    Example:
    >>> Words().from_json({"source": "film", "id": 7})
    'film'
    """

    media_types: ClassVar[tuple[str, ...]] = (media.JSON, media.JSON_LINES, media.CSV, media.PLAIN)
    what: ClassVar[str] = "word"

    def from_json(self, value: Any) -> Any:
        """A JSON string, or an object with the key `source`; its other keys are left alone."""
        return self.from_line(self._source(value))

    def from_csv(self, cells: list[str]) -> Any:
        """The one cell of a row."""
        if len(cells) > 1:
            raise RecordError(
                f"the row has {len(cells)} columns, expected one; put a {self.what} that contains commas in double "
                "quotes"
            )
        return self.from_line("".join(cells))

    def from_line(self, line: str) -> Any:
        """A line as it stands."""
        return scalars(line)

    def _source(self, value: Any) -> str:
        if isinstance(value, dict) and "source" not in value:
            raise RecordError(f'the object has no key "source", only {shown(list(value))}')
        source = value["source"] if isinstance(value, dict) else value
        if not isinstance(source, str):
            raise RecordError(f'expected a {self.what}, or an object like {{"source": "..."}}, not {describe(source)}')
        return source


class Sentences(Words):
    """A record is a `Sentence`; a line break in its text is white space like any other.

    Example:
    >>> Sentences().from_json({"source": "a great film", "k": 2})
    Sentence(text='a great film', k=2)
    """

    what: ClassVar[str] = "sentence"

    def from_json(self, value: Any) -> Sentence:
        """A JSON string, or an object with the key `source` and perhaps `k`; its other keys are left alone."""
        k = _labels_wanted(value["k"]) if isinstance(value, dict) and "k" in value else None
        return self.from_line(self._source(value))._replace(k=k)

    def from_line(self, line: str) -> Sentence:
        """A line as it stands, which cannot name a `k`."""
        return Sentence(scalars(line))


def _labels_wanted(k: Any) -> int:
    try:
        return codecs.count(k)
    except ValueError as error:
        raise RecordError(f'"k" is {describe(k)}; send how many labels you want, {error}') from None
