"""The two labels of a job: which words they are, and how often each occurs. Reads no files."""

from smcontract.errors import UserError, shown
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
        """Return 0 or 1. Raises UserError for a label outside the pair."""
        label = (record.label or "").strip().lower()
        if self.names is None:
            self.names = next((pair for pair in PAIRS if label in pair), None)
        if self.names is not None and label in self.names:
            return self.names.index(label)
        if any(record.text.strip().lower() in pair for pair in PAIRS):
            raise UserError(
                f"{record.position}: label and text are swapped: the label is {shown(record.label)} and the text "
                f"{shown(record.text)}; put the label first and the text second"
            )
        expected = " or ".join(", ".join(pair) for pair in ([self.names] if self.names else PAIRS))
        header = "; if this line is a header, remove it" if record.position.endswith(" line 1") else ""
        raise UserError(
            f"{record.position}: the label is {shown(record.label)}; this job's labels must be {expected}: map other "
            f"labels to these, or leave their records out{header}"
        )
