"""What a report shows of word vectors: similarity as people see it, neighbours, a map."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from driver.report import charts, tsne
from driver.report.page import Block, Facts, Table


def blocks(vectors: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the blocks of evaluation.json's `vectors`; none where it is empty."""
    if not vectors:
        return
    yield Facts([("Words", vectors["words"]), ("Dimension", vectors["dim"])])
    for name, found in vectors["similarity"].items():
        yield Facts([
            (f"Spearman's rho, {name}", found["spearmans_rho"]),
            ("Pairs", found["total_pairs"]),
            ("Pairs with an unknown word", found["not_found"]),
        ])  # fmt: skip
        if found["pairs"]:
            frame = pd.DataFrame(found["pairs"], columns=["first", "second", "similarity to people", "cosine"])
            pairs = frame["first"] + ", " + frame["second"]
            frame = frame[["similarity to people", "cosine"]].set_axis(pd.Index(pairs, name="pair"))
            yield charts.scatter(f"Similarity of pairs of words, {name}", frame)
    rows = [
        [each["word"], each["count"], ", ".join(f"{word} {cosine:.2f}" for word, cosine in each["nearest"])]
        for each in vectors["neighbours"]
    ]
    yield Table("Nearest neighbours of frequent words, with their cosine", ["word", "occurrences", "neighbours"], rows)
    words = vectors["map"]["words"]
    if len(words) > 3:
        flat = np.frombuffer(base64.b64decode(vectors["map"]["vectors"]), "<f2")
        placed = tsne.embed(flat.reshape(len(words), -1).astype(np.float64))
        frame = pd.DataFrame(placed, columns=["x", "y"], index=pd.Index(words, name="word"))
        title = f"Map of {len(words)} frequent words by t-SNE: near words are used alike, directions mean nothing"
        yield charts.scatter(title, frame.round(2), named=True, axes_hidden=True)
