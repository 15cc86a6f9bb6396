"""The files of a model of reviews: their names, and from them to what is served. Needs XGBoost for trees alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from smcontract import manifest
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from textprep.errors import DataError

from xgboost_sentiment import IMAGE
from xgboost_sentiment.rest import Ratios
from xgboost_sentiment.scorers import Linear
from xgboost_sentiment.words import Words

if TYPE_CHECKING:
    from xgboost_sentiment.learner import Learnt
    from xgboost_sentiment.trees import Trees

    Scorer = Linear | Trees

WEIGHTS = "weights.npy"
"""Of linear models, float32 (n_models, n_features + 1): see `scorers.Linear`. All that is served of them."""

RATIOS = "ratios.npy"
"""Of three labels or more, float32 (n_labels, n_features): what the columns are multiplied by for each label."""


def model_names(n_labels: int) -> list[str]:
    """Return the names of the files in XGBoost's own format: two labels have one model, more have one each.

    Example:
        >>> model_names(2), model_names(3)
        (['model.ubj'], ['model-001.ubj', 'model-002.ubj', 'model-003.ubj'])
    """
    return ["model.ubj"] if n_labels == 2 else [f"model-{number:03}.ubj" for number in range(1, n_labels + 1)]


def write(folder: Path, learnt: "Sequence[Learnt]", ratios: Ratios = None) -> None:
    """Write the files of models: of two labels one, of more one each, with the ratios that they were trained with."""
    names = model_names(2 if len(learnt) == 1 else len(learnt))
    for name, model in zip(names, learnt, strict=True):
        (folder / name).write_bytes(model.file)
    weights = [model.weights for model in learnt if model.weights is not None]
    if weights:
        np.save(folder / WEIGHTS, joined(weights, ratios))
    if ratios is not None:
        np.save(folder / RATIOS, ratios)


def joined(weights: Sequence[NDArray[np.float32]], ratios: Ratios) -> NDArray[np.float32]:
    """Return float32 (n_models, n_features + 1): one model's weights a row, with its columns' `ratios` in them."""
    every = np.stack(weights)
    if ratios is not None:
        every[:, :-1] *= ratios
    return every


def read(folder: Path) -> "tuple[Manifest, Words, Scorer]":
    """Read an artefact. Raises UserError when it is missing, damaged, foreign or of another format."""
    card = manifest.read(folder, IMAGE)
    try:
        encoder = Words.load(folder)
    except DataError as error:
        raise UserError(str(error)) from error
    manifest.check_fingerprint(folder, card, encoder.fingerprint)
    return card, encoder, _scorer(folder, card, encoder.n_features)


def _scorer(folder: Path, card: Manifest, n_features: int) -> "Scorer":
    settings, n_labels = card.settings["hyperparameters"], len(card.labels)
    n_models = 1 if n_labels == 2 else n_labels
    has_ratios = n_models > 1 and settings["weighting"] != "none"
    norm = settings.get("norm", "none")  # none in an artefact from before there was one
    ratios = _array(folder / RATIOS, (n_models, n_features)) if has_ratios else None
    scales = ratios if norm == "l2" else None
    if (folder / WEIGHTS).exists():
        return Linear(_array(folder / WEIGHTS, (n_models, n_features + 1)), scales)
    from xgboost_sentiment import trees  # with XGBoost, which a linear model has no need of

    boosters = [trees.read(folder / name, n_features) for name in model_names(n_labels)]
    if settings["booster"] == "gbtree":
        return trees.Trees(boosters, ratios, norm)
    return Linear(joined([trees.weights(booster) for booster in boosters], ratios))  # an artefact from before WEIGHTS


def _array(path: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    try:
        found: Any = np.load(path, allow_pickle=False)
        if found.dtype != np.float32 or not np.isfinite(found).all():
            raise ValueError("not finite numbers of 32 bits")
    except (OSError, ValueError, EOFError, AttributeError) as error:
        raise UserError(f"{path} cannot be read ({error}); deploy the whole model.tar.gz") from error
    if found.shape != shape:
        raise UserError(
            f"the files in {path.parent} do not belong together: {path.name} is an array of {found.shape}, and the "
            f"preprocessing and the labels need {shape}; deploy the whole model.tar.gz"
        )
    return found  # type: ignore[no-any-return]
