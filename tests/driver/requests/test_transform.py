import pytest

from driver.errors import DriverError
from driver.requests import transform
from driver.requests.transform import Plan

RIGHT = {
    "name": "unseen", "model": "reviews", "source": "s3://a-bucket/in/", "output": "s3://a-bucket/out",
    "instance_type": "ml.m5.large",
}  # fmt: skip
EVERYTHING = {
    "instance_count": 2, "content_type": "text/csv", "accept": "text/csv", "split": "Line", "strategy": "MultiRecord",
    "assemble": "Line", "compression": "Gzip", "payload_mb": 1, "concurrent": 4, "kms_key": "1234",
    "environment": {"A": "1"}, "tags": {"team": "reviews"},
}  # fmt: skip


@pytest.mark.parametrize("changes", [{}, EVERYTHING, {"payload_mb": 0, "concurrent": 0}])
def test_a_request_is_as_aws_has_it(valid, changes):
    request = transform.create_transform_job(Plan(**RIGHT, **changes))
    valid(request)
    assert ("MaxPayloadInMB" in request.parameters) == ("payload_mb" in changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "a_b"}, "the transform job cannot be called"),
        ({"model": ""}, "the model cannot be called"),
        ({"payload_mb": 101}, "the payload limit is 101 MB: give 0 to 100"),
        ({"concurrent": 17}, "17 requests at once of 6 MB are more than 100 MB, which SageMaker refuses"),
        ({"concurrent": 3, "payload_mb": 34}, "3 requests at once of 34 MB are more than 100 MB"),
        ({"source": "in"}, "is not an S3 URI"),
        ({"instance_type": "large"}, "is not an instance type"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(changes, sentence):
    with pytest.raises(DriverError, match=sentence):
        transform.create_transform_job(Plan(**{**RIGHT, **changes}))
