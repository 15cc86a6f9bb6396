"""Files called `xgboost-model` to boosters: those that this image writes, and those of SageMaker's XGBoost."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.errors import UserError
from textprep.pipeline import Rows

from xgboost_sentiment import columns
from xgboost_sentiment.foreign import NAME, NAMES
from xgboost_sentiment.forest import Forest
from xgboost_sentiment.scorers import Contributions

log = logging.getLogger(__name__)


class Boosters:
    """One booster, or several whose predictions are joined: their mean, or for classes the most frequent one."""

    def __init__(self, boosters: Sequence[xgboost.Booster]) -> None:
        self._boosters = boosters
        config = json.loads(boosters[0].save_config())["learner"]
        self.objective: str = config["objective"]["name"]
        self.n_classes = int(config["learner_model_param"]["num_class"]) or 2 * self.objective.startswith("binary:")
        self.n_features = boosters[0].num_features()
        self._is_linear = config["gradient_booster"]["name"] == "gblinear"
        self._rounds = [_rounds(booster) for booster in boosters]
        self._forests = [Forest.of(*each) for each in zip(boosters, self._rounds, strict=True)]

    def __len__(self) -> int:
        return len(self._boosters)

    def values(self, rows: Rows) -> NDArray[np.float32]:
        """Return XGBoost's predictions, float32 (n_rows,), or of multi:softprob (n_rows, n_classes)."""
        each = np.array([self._predict(number, rows) for number in range(len(self))])
        if len(self) > 1 and self.objective in ("multi:softmax", "binary:hinge"):
            votes: NDArray[np.float32] = np.array([np.bincount(row).argmax() for row in each.T.astype(int)], np.float32)
            return votes
        mean: NDArray[np.float32] = each.mean(axis=0, dtype=np.float32) if len(self) > 1 else each[0]
        return mean

    def explain(self, row: csr_matrix, label: int) -> Contributions:
        """Explain the margin of a matrix of one row; of several classes that of the class `label`."""
        matrix = xgboost.DMatrix(row, nthread=1)
        every = [
            booster.predict(matrix, pred_contribs=True, iteration_range=rounds, validate_features=False)[0]
            for booster, rounds in zip(self._boosters, self._rounds, strict=True)
        ]
        values = np.array(every, np.float64).mean(axis=0)
        if values.ndim > 1:
            values = values[label]
        stored = values[row.indices]
        return Contributions(float(values[-1]), stored, float(values[:-1].sum() - stored.sum()))

    def _predict(self, number: int, rows: Rows) -> NDArray[np.float32]:
        booster, rounds, forest = self._boosters[number], self._rounds[number], self._forests[number]
        if forest:
            return forest.predict(rows)
        matrix = columns.matrix(rows, self.n_features)
        values: NDArray[np.float32]
        if self._is_linear:
            values = booster.predict(xgboost.DMatrix(matrix, nthread=1), validate_features=False)
        else:
            values = booster.inplace_predict(matrix, iteration_range=rounds, validate_features=False)
        return values


def write(folder: Path, boosters: Sequence[xgboost.Booster]) -> None:
    """Write the model's file, or a file for each booster of several."""
    for number, booster in enumerate(boosters):
        # By way of memory: Python reports a full disk, XGBoost's own writer does not always.
        (folder / (f"{NAME}-{number}" if len(boosters) > 1 else NAME)).write_bytes(booster.save_raw("ubj"))


def read(folder: Path) -> Boosters:
    """Load every model file in the folder. Raises UserError when XGBoost cannot read one, or they do not match."""
    paths = sorted((path for path in folder.iterdir() if NAMES.fullmatch(path.name)), key=_place)
    if not paths:
        raise UserError(f"{folder} holds no {NAME}: deploy the whole model.tar.gz of one training job")
    found = [_load(path) for path in paths]
    if len({booster.num_features() for booster in found}) > 1:
        raise UserError(f"the models in {folder} do not belong together: they have different numbers of features")
    return Boosters(found)


def _place(path: Path) -> int:
    return int(path.name.rpartition("-")[2]) if path.name[-1].isdigit() else -1


def _load(path: Path) -> xgboost.Booster:
    content = path.read_bytes()
    if not content.startswith(b"{"):
        raise UserError(f"{path} {_old_form(content)}")
    try:
        return xgboost.Booster({"nthread": 1}, model_file=bytearray(content))
    except (xgboost.core.XGBoostError, ValueError, TypeError) as error:
        log.debug("XGBoost says: %s", error)
        raise UserError(
            f"XGBoost cannot read {path}: it is damaged; deploy the whole model.tar.gz of one training job"
        ) from error


def _old_form(content: bytes) -> str:
    cure = f'there load it, save the booster with save_model("{NAME}.ubj"), and pack that file as {NAME}'
    if content.startswith((b"\x80", b"ccopy_reg", b"(")):
        return f"is a pickle, which runs whatever code it holds, so none is loaded: go where it was made; {cure}"
    return (
        f"is neither JSON nor UBJSON: if it is XGBoost's old binary form, XGBoost {xgboost.__version__} no longer "
        f"reads it; make an environment with xgboost<3.1; {cure}"
    )


def _rounds(booster: xgboost.Booster) -> tuple[int, int]:
    """Which rounds predict: up to the best, where a model that stopped early kept later ones; else all."""
    best = booster.attr("best_iteration")
    return (0, int(best) + 1) if best and best.isdigit() and int(best) < booster.num_boosted_rounds() else (0, 0)
