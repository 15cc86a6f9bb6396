from datetime import datetime

import pytest

from driver.errors import DriverError
from driver.requests import names

NOW = datetime(2026, 11, 25, 8, 30, 1)


@pytest.mark.parametrize("start", ["xgboost-sentiment", "x" * 80, "x" * 16 + "-y", "a_b/c:1", "", "--", "İ"])
@pytest.mark.parametrize("what", ["training job", "tuning job", "pipeline"])
def test_a_name_with_the_time_is_one_that_sagemaker_takes(start, what):
    assert names.check(names.with_time(start, NOW, what), what).endswith("-20261125-083001-000")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "x" * 33,
            f'the tuning job cannot be called "{"x" * 33}", which has 33 characters: use 1 to 32 letters, digits',
        ),
        ("a_b", 'the tuning job cannot be called "a_b", which does not have this form: use 1 to 32 letters, digits'),
        ("x" * 5000, f'cannot be called "{"x" * 64}…, which has 5000 characters: use'),
    ],
)
def test_a_name_that_cannot_be_says_what_is_wrong_with_it(name, sentence):
    with pytest.raises(DriverError) as error:
        names.check(name, "tuning job")
    assert sentence in str(error.value)


def test_a_folder_without_a_prefix():
    assert names.folder("bucket", "", "job") == "s3://bucket/job"
