from datetime import datetime

import pytest

from driver.errors import DriverError
from driver.requests import names

NOW = datetime(2026, 11, 25, 8, 30, 1)


@pytest.mark.parametrize("start", ["xgboost-sentiment", "x" * 80, "a_b/c:1", "", "--"])
@pytest.mark.parametrize("longest", [names.LONGEST, names.LONGEST_TUNING])
def test_a_name_with_the_time_is_one_that_sagemaker_takes(start, longest):
    assert names.checked(names.stamped(start, NOW, longest), "job", longest).endswith("-20261125-083001")


@pytest.mark.parametrize("uri", ["https://bucket/key", "s3:///key", "s3://Bucket/key", "s3://a_b/key", ""])
def test_what_is_no_place_in_s3_is_refused(uri):
    with pytest.raises(DriverError, match="is no place in S3: expected is s3://bucket/key"):
        names.location(uri)


def test_a_folder_without_a_prefix():
    assert names.folder("bucket", "", "job") == "s3://bucket/job"
