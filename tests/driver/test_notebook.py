"""local_session without the SDK; tests/clients has it with both versions."""

from pathlib import Path

import pytest

from driver.errors import DriverError
from driver.notebook import local_session


def test_without_the_sdk_nothing_is_started(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"the SageMaker Python SDK is not installed for .*: install sagemaker"):
        local_session(tmp_path / "state")
    assert not (tmp_path / "state").exists()
