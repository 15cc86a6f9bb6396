from pathlib import Path

import pytest
from smcontract.paths import Paths

CONTRACT = {
    "hyperparameters": "/opt/ml/input/config/hyperparameters.json",
    "input_data_config": "/opt/ml/input/config/inputdataconfig.json",
    "resource_config": "/opt/ml/input/config/resourceconfig.json",
    "checkpoint_config": "/opt/ml/input/config/checkpointconfig.json",
    "input_data": "/opt/ml/input/data",
    "model": "/opt/ml/model",
    "output_data": "/opt/ml/output/data",
    "failure": "/opt/ml/output/failure",
    "checkpoints": "/opt/ml/checkpoints",
}


@pytest.mark.parametrize(("name", "path"), CONTRACT.items())
def test_paths_are_those_of_the_contract(name, path):
    assert getattr(Paths.from_environment({}), name) == Path(path)


def test_the_base_folder_moves():
    assert Paths.from_environment({"SAGEMAKER_BASE_DIR": "/tmp/x"}).channel("train") == Path("/tmp/x/input/data/train")
