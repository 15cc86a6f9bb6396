"""The two labels of a job: which words they are, and how often each occurs. Reads no files."""

from smcontract.errors import UserError, shown
from smcontract.training import texts
from textprep.records import Record

PAIRS = (("0", "1"), ("neg", "pos"), ("negative", "positive"))
"""Negative first. Capital letters do not matter; answers use these spellings."""


class Labels:
    """Turns the labels of a job's records into 0 and 1. The first record decides which pair all channels must use.

    Example:
        >>> labels = Labels()
        >>> labels.number(Record("Pos", "A great film.", "a.csv line 1")), labels.names
        (1, ('neg', 'pos'))
    """

    def __init__(self) -> None:
        self.names: tuple[str, str] | None = None

    def number(self, record: Record) -> int:
        """Return 0 or 1. Raises UserError for a label outside the pair, and for what looks like a header line."""
        label = (record.label or "").strip().lower()
        if self.names is None:
            self.names = next((pair for pair in PAIRS if label in pair), None)
        if self.names is not None and label in self.names:
            return self.names.index(label)
        if texts.looks_like_header(record.position, (label, record.text)) and len(record.text.split()) == 1:
            raise UserError(
                f"{record.position} looks like a header ({record.label},{record.text}): remove it; "
                "the first line must be a record, label first"
            )
        expected = " or ".join(", ".join(pair) for pair in ([self.names] if self.names else PAIRS))
        raise UserError(f"{record.position}: the label is {shown(record.label)}; this job's labels must be {expected}")
