"""A pipeline as three files: pipeline.json, vocabulary.txt for people, features.npz for NumPy. No pickle, ever.

The number of the format is that of the rule by which the pipeline splits texts; any other is refused. Settings that
came later are written down only where they differ from what there was before, so that an older pipeline is read, and
written, as it always was.

The fingerprint is a sha256 over the content of all three, so that files which are damaged or do not belong together are
found out before anything tries to read them.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import DTypeLike, NDArray

from textprep.errors import DataError
from textprep.learned import Learned
from textprep.ngrams import NGrams
from textprep.specification import Specification
from textprep.stem import UNKNOWN
from textprep.tokens import RULES
from textprep.vocabulary import Vocabulary

HEADER, VOCABULARY, FEATURES = "pipeline.json", "vocabulary.txt", "features.npz"

_ONCE_THE_ONLY = {"language": "english", "norm": "none"}  # left out, so that a pipeline is saved as it always was

# What `json`, `zipfile` and `numpy` raise when the bytes are not what they should be.
_DAMAGE = (ValueError, TypeError, LookupError, EOFError, RuntimeError, MemoryError, OSError, BadZipFile, zlib.error)


def save(learned: Learned, folder: Path) -> None:
    """Write the files into `folder`, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, features = _content(learned)
    header = {
        **_describe(learned.specification),
        "fingerprint": _fingerprint(learned.specification, vocabulary, features),
    }
    (folder / HEADER).write_text(json.dumps(header, indent=2) + "\n", "utf-8")
    (folder / VOCABULARY).write_bytes(vocabulary)
    (folder / FEATURES).write_bytes(features)


def load(folder: Path) -> tuple[Learned, str]:
    """Return what was saved in `folder` and its fingerprint; `DataError` if it is not there, not whole or not ours."""
    try:
        return _parse(*((folder / name).read_bytes() for name in (HEADER, VOCABULARY, FEATURES)))
    except _DAMAGE as error:
        raise DataError(f"the saved pipeline in {folder} cannot be used: {error}; fit and save it again") from None


def fingerprint(learned: Learned) -> str:
    """Return sha256, in hexadecimal, over the format number, the specification and everything learned."""
    return _fingerprint(learned.specification, *_content(learned))


def _fingerprint(specification: Specification, vocabulary: bytes, features: bytes) -> str:
    described = json.dumps([*_describe(specification).values()], sort_keys=True)
    parts = [described.encode(), vocabulary, features]
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


def _describe(specification: Specification) -> dict[str, Any]:
    settings = asdict(specification)
    for name, usual in _ONCE_THE_ONLY.items():
        if settings[name] == usual:
            del settings[name]
    return {"format": settings.pop("tokens"), "specification": settings}


def _content(learned: Learned) -> tuple[bytes, bytes]:
    """Return the content of vocabulary.txt and features.npz."""
    arrays: dict[str, Any] = {f"keys_{n}": keys for n, keys in enumerate(learned.ngrams.keys, start=2)}
    arrays["words"] = np.frombuffer("\n".join(learned.words).encode(), np.uint8)
    arrays["word_ids"] = np.fromiter(learned.words.values(), np.int32, len(learned.words))
    if learned.weights is not None:
        arrays["weights"] = learned.weights
    npz = BytesIO()
    np.savez(npz, **arrays)
    return learned.vocabulary.to_text().encode(), npz.getvalue()


def _parse(header: bytes, vocabulary: bytes, features: bytes) -> tuple[Learned, str]:
    fields = json.loads(header)
    if fields["format"] not in RULES:
        raise ValueError(f"its format number is {fields['format']!r}, not one of {', '.join(map(str, RULES))}")
    specification = Specification(**fields["specification"], tokens=fields["format"])
    actual = _fingerprint(specification, vocabulary, features)
    if fields["fingerprint"] != actual:
        raise ValueError(f"the fingerprint of its files is {actual}, {HEADER} says {fields['fingerprint']}")
    terms = Vocabulary.from_text(vocabulary.decode())
    with np.load(BytesIO(features), allow_pickle=False) as arrays:
        keys = tuple(_array(arrays, f"keys_{n}", np.int64) for n in range(2, specification.ngram_max + 1))
        weights = _array(arrays, "weights", np.float32) if specification.weighting != "none" else None
        words = _array(arrays, "words", np.uint8).tobytes().decode()
        word_ids = _array(arrays, "word_ids", np.int32)
    ngrams = NGrams(len(terms), keys)
    ngrams.check()
    if weights is not None and (len(weights) != ngrams.n_features or not np.isfinite(weights).all()):
        raise ValueError(f"{FEATURES} does not hold {ngrams.n_features} finite weights")
    known = dict(zip(words.split("\n") if words else [], word_ids.tolist(), strict=True))
    if len(known) < len(word_ids) or ((word_ids < UNKNOWN) | (word_ids >= len(terms))).any():
        raise ValueError(f"the words in {FEATURES} are not those of {VOCABULARY}")
    return Learned(specification, terms, ngrams, weights, known), actual


def _array(arrays: Mapping[str, NDArray[Any]], name: str, dtype: DTypeLike) -> NDArray[Any]:
    array = arrays[name]
    if array.ndim != 1 or array.dtype != dtype:
        raise ValueError(f"{name} in {FEATURES} is {array.dtype} {array.shape}, not a row of {np.dtype(dtype)}")
    return array
