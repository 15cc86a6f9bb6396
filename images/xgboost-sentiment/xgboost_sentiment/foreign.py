"""Archives of SageMaker's XGBoost: what files they hold. Reads none of them, and needs no XGBoost."""

import re
from pathlib import Path

from smcontract.errors import UserError

NAME = "xgboost-model"
"""The file's name in SageMaker's artefacts; those of cross-validation are `xgboost-model-0` and so on."""

NAMES = re.compile(rf"{NAME}(-[0-9]+)?|model\.ubj")
"""The names of models: SageMaker's, and that which this image once gave its own."""

_ARCHIVES = ("model.tar.gz", "output.tar.gz")


def is_foreign(folder: Path) -> bool:
    """Whether the folder holds a model of SageMaker's XGBoost, and no manifest of this image's."""
    return not (folder / "manifest.json").exists() and any(path.name.startswith(NAME) for path in folder.glob("*"))


def check_alone(folder: Path) -> None:
    """Raise UserError when a foreign archive holds more than models: a script in it would not run."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    others = [name for name in names if not (NAMES.fullmatch(name) or name.startswith(".") or name in _ARCHIVES)]
    if others:
        raise UserError(
            f"{folder} holds {', '.join(others)} beside {NAME}: this image hosts models of SageMaker's XGBoost that "
            f"are alone in their archive; pack {NAME} by itself"
        )
