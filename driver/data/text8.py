"""text8: the first 100 MB of cleaned Wikipedia, lower-case words in one line (mattmahoney.net/dc/textdata.html)."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from driver.data.files import open_source
from driver.errors import DriverError

MEMBER = "text8"
MD5 = "3bea1919949baf155f99411df5fada7e"
"""Of the text, as its author gives it."""

_PIECE = 1 << 20


def prepare(source: Path, folder: Path, md5: str = MD5) -> Mapping[str, int]:
    """Write the corpus, from text8.zip or text8 itself. Raises DriverError unless it is that text to the last byte."""
    path = folder / "corpus" / "text8"
    path.parent.mkdir(parents=True)
    digest = hashlib.md5(usedforsecurity=False)
    spaces = 0
    with open_source(source, MEMBER) as file, path.open("wb") as copy:
        while piece := file.read(_PIECE):
            digest.update(piece)
            spaces += piece.count(b" ")
            copy.write(piece)
    if digest.hexdigest() != md5:
        raise DriverError(
            f"{source} is not text8, or not all of it: the text's MD5 is {digest.hexdigest()}, not {md5}; get it again"
        )
    return {"words of corpus": spaces}
