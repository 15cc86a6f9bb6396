"""The least that a model can do behind our own server: `bench.serving` measures with it what a request costs there."""

from collections.abc import Sequence
from typing import Any

from smcontract.manifest import Manifest
from smcontract.records import Text
from smcontract.serving import handler


class Model:
    """Every text has the same score."""

    manifest = Manifest(image="tiny", version="1")
    records = Text()

    def predict(self, records: Sequence[str], explain: bool = False) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return an answer as long as that of xgboost-sentiment."""
        return [{"label": "1", "score": 0.731, "probabilities": {"0": 0.269, "1": 0.731}} for _ in records]


class Handler(handler.Handler):
    """Serves it."""

    def default_model_fn(self, model_dir: str) -> Model:  # noqa: ARG002
        """There is nothing to load."""
        return Model()
