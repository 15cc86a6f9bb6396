"""What form each file of a channel has: the channel's content type says, else the file's name. Never its content."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.job import Channel


def files(channel: Channel, endings: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield media type and path of each file; CSV when neither content type nor name says otherwise.

    `endings` maps the endings of file names to media types. SageMaker's own XGBoost also takes the bare words `csv`
    and `libsvm` as content types, so they mean text/csv and text/libsvm here too. Raises UserError for a content type
    that is neither CSV nor in `endings`, and when the channel is empty.
    """
    known = {media.CSV, *endings.values()}
    declared = _declared(channel.content_type) if channel.content_type else None
    if declared is not None and declared not in known:
        raise UserError(
            f"channel {shown(channel.name)} has the content type {shown(channel.content_type)}, which cannot be read "
            f"here: set it to one of {', '.join(sorted(known))}"
        )
    for path in channel.files():
        yield declared or endings.get(path.suffix.lower(), media.CSV), path


def _declared(content_type: str) -> str:
    name = media.parse(content_type).name
    return name if "/" in name else f"text/{name}"
