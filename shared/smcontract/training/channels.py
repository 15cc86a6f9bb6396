"""What form each file of a channel has: the channel's content type says, else the file's name. Never its content.

Whether a file is compressed with gzip, its name and first bytes say: see `textprep.textfile`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from textprep.textfile import SUFFIX

from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.media import MediaType
from smcontract.training.job import Channel

_WORDS = MappingProxyType({"parquet": media.PARQUET, "recordio-protobuf": media.RECORDIO})


def files(channel: Channel, endings: Mapping[str, str], default: str = media.CSV) -> Iterator[tuple[str, Path]]:
    """Yield media type and path of each file; `default` when neither content type nor name says otherwise.

    `endings` maps the endings of file names, without `.gz`, to media types. SageMaker's own XGBoost also takes bare
    words as content types, such as `csv` and `libsvm`, so they mean text/csv and text/libsvm here too. Raises UserError
    for a content type that is neither CSV nor in `endings`, and when the channel is empty.
    """
    known = {media.CSV, *endings.values()}
    declared = _declared_type(channel)
    if declared is not None and declared.name not in known:
        raise UserError(
            f"channel {shown(channel.name)} has the content type {shown(channel.content_type)}, which cannot be read "
            f"here: set it to one of {', '.join(sorted(known))}"
        )
    for path in channel.files():
        yield declared.name if declared else endings.get(ending(path), default), path


def has_header(channel: Channel) -> bool | None:
    """Whether the first row of each CSV file is a header; None where the channel's content type does not say.

    Raises UserError for a parameter of the content type that is not known.
    """
    declared = _declared_type(channel)
    if declared is None:
        return None
    try:
        header = media.has_header(declared)
    except ValueError as error:
        raise UserError(f"channel {shown(channel.name)}: {error}") from None
    return header if "header" in declared.parameters else None


def ending(path: Path) -> str:
    """The ending of a file's name, in lower case, without that of its compression.

    Example:
    >>> ending(Path("reviews.JSONL.gz"))
    '.jsonl'
    """
    return Path(path.name.lower().removesuffix(SUFFIX)).suffix


def _declared_type(channel: Channel) -> MediaType | None:
    if not channel.content_type:
        return None
    declared = media.parse(channel.content_type)
    if "/" not in declared.name:
        declared = declared._replace(name=_WORDS.get(declared.name, f"text/{declared.name}"))
    if declared.name == media.CSV and declared.parameters.get("label_size") == "1":  # as everywhere here
        del declared.parameters["label_size"]
    return declared
