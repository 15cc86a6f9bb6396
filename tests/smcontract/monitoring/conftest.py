"""A model with a baseline."""

from dataclasses import replace

import pytest
from smcontract.training import profile

from tests.smcontract.monitoring.test_monitor import Model, texts


@pytest.fixture(scope="package")
def model():
    trained = Model()
    baseline = profile.describe(trained, profile.Sample.of(texts(2000, 1)), texts(500, 2))
    trained.manifest = replace(trained.manifest, baseline=baseline.to_json())
    return trained
