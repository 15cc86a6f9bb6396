"""What the hosts do: each function is a task of Ray, with a file of the input or with counts of several files."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from textprep import DataError, Pipeline, Specification, read_csv, read_jsonlines, sharded
from textprep.corpus import CHUNK
from textprep.learned import Learned

from examples.scaling.rows import recordio

SPREAD = 0x9E3779B97F4A7C15  # 2**64 by the golden ratio


def counted_words(path: Path, wanted: Specification, parts: int) -> list[dict[str, int]]:
    """Count the words of a file, in as many parts."""
    counts: list[dict[str, int]] = [{} for _ in range(parts)]
    for word, times in sharded.count_words(wanted, (text for _, text in records(path))).items():
        counts[zlib.crc32(word.encode()) % parts][word] = times
    return counts


def counted_stems(wanted: Specification, parts: int, *counts: Mapping[str, int]) -> list[Any]:
    """Add the counts of some words over all files; return the stems of these words, and the counts of stems by part."""
    words = sharded.add_words(counts)
    stems = sharded.stem_words(wanted, words)
    found: list[dict[str, int]] = [{} for _ in range(parts)]
    for word, times in words.items():
        part = found[zlib.crc32(stems[word].encode()) % parts]
        part[stems[word]] = part.get(stems[word], 0) + times
    return [stems, *found]


def frequent_stems(wanted: Specification, *counts: Mapping[str, int]) -> dict[str, int]:
    """Add the counts of some stems; return those that can be in the vocabulary."""
    ranked = sorted(sharded.add_words(counts).items(), key=lambda item: (-item[1], item[0]))
    return {stem: times for stem, times in ranked[: wanted.vocabulary_size] if times >= wanted.min_count}


def words_of(stems: Mapping[str, str], frequent: Mapping[str, int]) -> dict[str, str]:
    """Return the words, of some, whose stems are frequent."""
    return {word: stem for word, stem in stems.items() if stem in frequent}


def counted_ngrams(path: Path, state: sharded.State, parts: int) -> list[sharded.Counts]:
    """Count the n-grams of a file, in as many parts."""
    keys, times = state.count_ngrams(text for _, text in records(path))
    part = (keys.astype(np.uint64) * np.uint64(SPREAD) >> np.uint64(40)) % np.uint64(parts)
    order = np.argsort(part.astype(np.uint16), kind="stable")  # so that the keys of each part still ascend
    ends = np.cumsum(np.bincount(part.astype(np.int64), minlength=parts))[:-1]
    return list(map(sharded.Counts, np.split(keys[order], ends), np.split(times[order], ends)))


def added(least: int, *counts: sharded.Counts) -> sharded.Counts:
    """Add the counts of some n-grams over all files; return those that can be features."""
    return sharded.add(counts, least)


def counted_documents(path: Path, state: sharded.State, labels: Sequence[str]) -> tuple[Any, int]:
    """Count the texts of a file that have a feature, by label."""
    return state.count_documents(batches(path, labels))


def written(path: Path, learned: Learned, labels: Sequence[str], folder: Path, output: Path) -> dict[str, int]:
    """Write the features of a file; return what there are."""
    pipeline = Pipeline.of(learned)
    target = output / f"{path.relative_to(folder)}.pbr"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    n_rows = n_entries = 0
    with unfinished.open("wb") as file:
        for texts, numbers in batches(path, labels):
            rows = pipeline.rows(texts)
            file.write(recordio(rows, numbers))
            n_rows += len(numbers)
            n_entries += len(rows.features)
    unfinished.rename(target)
    return {"rows": n_rows, "entries": n_entries, "bytes": target.stat().st_size}


def records(path: Path) -> Iterator[tuple[str, str]]:
    """Yield label and text of each record."""
    read = read_jsonlines if ".json" in path.name else read_csv
    for record in read([path]):
        yield record.label or "", record.text


def batches(path: Path, labels: Sequence[str]) -> Iterator[tuple[list[str], list[int]]]:
    """Yield the texts of a file and the numbers of their labels, a chunk at a time. DataError for other labels."""
    numbers = {label: number for number, label in enumerate(labels)}
    texts: list[str] = []
    found: list[int] = []
    size = 0
    for label, text in records(path):
        if label.strip() not in numbers:
            raise DataError(f"{path.name}: the label {label!r} is none of {', '.join(labels)}: name all with --labels")
        texts.append(text)
        found.append(numbers[label.strip()])
        size += len(text)
        if size > CHUNK:
            yield texts, found
            texts, found, size = [], [], 0
    if texts:
        yield texts, found
