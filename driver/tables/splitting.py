"""Parts records into channels. The same texts are always on one side, and the same seed gives the same parts."""

import random
from collections.abc import Mapping, Sequence

from driver.errors import DriverError, quote, several
from driver.tables.checking import Record, key

CHANNELS = ("train", "validation", "test")


def parse(text: str) -> dict[str, float]:
    """Return the share of each channel. Raises DriverError for another form.

    Example:
        >>> parse("0.8/0.1/0.1"), parse("80/20")
        ({'train': 0.8, 'validation': 0.1, 'test': 0.1}, {'train': 0.8, 'validation': 0.2})
    """
    try:
        parts = [float(part) for part in text.split("/")]
    except ValueError:
        parts = []
    if len(parts) not in (2, 3) or not all(0 < part < float("inf") for part in parts):
        raise DriverError(
            f"--split is {quote(text)}: give the parts of train, validation and test, such as 0.8/0.1/0.1"
        )
    return {channel: part / sum(parts) for channel, part in zip(CHANNELS, parts, strict=False)}


def split(
    records: Sequence[Record], shares: Mapping[str, float], seed: int, is_stratified: bool
) -> dict[str, list[Record]]:
    """Return the records of each channel, in their order.

    With `is_stratified` each label has these shares by itself. Records of the same text stay together, so a share is
    exact but for these. Raises DriverError when a channel would be empty.
    """
    strata: dict[str, dict[str, int]] = {}
    homes: dict[str, str] = {}
    for record in records:
        text = key(record.text)
        texts = strata.setdefault(homes.setdefault(text, record.label if is_stratified else ""), {})
        texts[text] = texts.get(text, 0) + 1
    channel_of: dict[str, str] = {}
    for label in sorted(strata):
        channel_of |= _deal(strata[label], shares, random.Random(f"{seed} {label}"))  # noqa: S311
    parts: dict[str, list[Record]] = {channel: [] for channel in shares}
    for record in records:
        parts[channel_of[key(record.text)]].append(record)
    if empty := [channel for channel, part in parts.items() if not part]:
        few = f"{several(len(records), 'record')} {'is' if len(records) == 1 else 'are'}"
        raise DriverError(f"--split leaves nothing for {', '.join(empty)}: {few} too few for it")
    return parts


def _deal(texts: Mapping[str, int], shares: Mapping[str, float], draw: random.Random) -> dict[str, str]:
    """Give each text a channel, so that the number of their records comes as near to the shares as it can."""
    total, given = sum(texts.values()), dict.fromkeys(shares, 0)
    dealt: dict[str, str] = {}
    for text in draw.sample(list(texts), len(texts)):
        channel = max(shares, key=lambda one: shares[one] * total - given[one])
        dealt[text] = channel
        given[channel] += texts[text]
    return dealt
