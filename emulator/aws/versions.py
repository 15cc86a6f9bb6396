"""The entries of a listing of versions, in S3's order, and where a page of them begins."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A version of the object `name`, or the common prefix `name`, which has no version."""

    name: str
    version: Any = None


def entries(keys: Any, names: Iterable[str], prefix: str, delimiter: str | None) -> Iterator[Entry]:
    """The entries of these sorted names. Of a key the latest version comes first, and is marked as the latest."""
    for shown, same in itertools.groupby(names, key=lambda name: _shown(name, prefix, delimiter)):
        if delimiter and delimiter in shown[len(prefix) :]:
            yield Entry(shown)
            continue
        for name in same:
            for number, version in enumerate(reversed(keys.getlist(name))):
                version.is_latest = not number
                yield Entry(name, version)


def after(found: Iterable[Entry], key: str | None, version: str | None) -> Iterator[Entry]:
    """Those that follow the key of a marker or, if one is given, that version of it."""
    reached = False
    for entry in found:
        if not key or entry.name > key or (entry.name == key and reached):
            yield entry
        reached = reached or bool(entry.version and entry.version.version_id == version)


def _shown(name: str, prefix: str, delimiter: str | None) -> str:
    """Return the common prefix under which a name is listed, or the name.

    Example:
        >>> _shown("a/b/c", "a/", "/"), _shown("a/b", "a/", "/")
        ('a/b/', 'a/b')
    """
    end = name.find(delimiter, len(prefix)) if delimiter else -1
    return name if end < 0 else name[: end + len(delimiter or "")]
