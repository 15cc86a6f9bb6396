"""Classifiers of fastText's, asked by it and by us: every loss, quantised and pruned."""

import fasttext
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
        expected = {label: likely for likely, label in theirs.f.predict(text + "\n", len(ours.labels), 0.0, "strict")}
        found = ours.predict(text.split(), len(ours.labels))
        assert dict(found) == pytest.approx(expected, abs=1e-6)
        assert [likely for _, likely in found] == sorted(dict(found).values(), reverse=True)
        assert ours.predict(text.split(), 3) == found[:3]
