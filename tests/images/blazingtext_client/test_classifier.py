"""Classifiers of fastText's, asked by it and by us: every loss, quantised and pruned."""

import fasttext
import numpy as np
import pytest
from blazingtext_client import fasttextfile
from blazingtext_client.classifier import Classifier

TEXTS = [
    "a wonderful film",
    "café 3 film 7",
    "unheard cafés",
    "boring 電影 boring",
    "",
    "__label__good film",
    "8 film 12",
]


@pytest.mark.parametrize("name", ["classifier", "ova", "hs", "ns", "quantised", "pruned"])
def test_the_labels_are_those_of_fasttext(made, name):
    theirs, ours = fasttext.load_model(str(made / name)), Classifier(fasttextfile.read(made / name))
    for text in TEXTS:
        for k in (1, 3, len(ours.labels)):
            expected = theirs.f.predict(text + "\n", k, 0.0, "strict")
            found = ours.predict(text.split(), k)
            assert [likely for _, likely in found] == pytest.approx([likely for likely, _ in expected], abs=1e-6)
            clear = np.diff([likely for _, likely in found], prepend=2, append=-1) < -1e-5
            for (label, _), (_, other), *is_clear in zip(found, expected, clear, clear[1:], strict=False):
                assert label == other or not all(is_clear)
