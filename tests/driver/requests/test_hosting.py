import pytest

from driver.errors import DriverError
from driver.requests import hosting
from driver.requests.hosting import Configuration, Model

RIGHT = {
    "name": "reviews", "image": "xgboost-sentiment:dev", "model_data": "s3://a-bucket/model.tar.gz",
    "role": "arn:aws:iam::123456789012:role/Trainer",
}  # fmt: skip
EVERYTHING = {
    "environment": {"MODEL_SERVER_WORKERS": "2"}, "subnets": ["subnet-1"], "security_groups": ["sg-1"],
    "is_isolated": True, "tags": {"team": "reviews"},
}  # fmt: skip


@pytest.mark.parametrize("changes", [{}, EVERYTHING])
def test_all_requests_are_as_aws_has_them(valid, changes):
    tags = changes.get("tags", {})
    valid(hosting.create_model(Model(**RIGHT, **changes)))
    valid(hosting.create_endpoint_config(
        Configuration(name="reviews", model="reviews", instance_type="ml.m5.large", kms_key="1234", tags=tags)
    ))  # fmt: skip
    valid(hosting.create_endpoint("reviews", "reviews", tags))
    valid(hosting.update_endpoint("reviews", "reviews-2"))
    valid(hosting.invoke_endpoint("reviews", b"{}", "application/json", "text/csv"))
    valid(hosting.invoke_endpoint("reviews", b"{}", "application/json", None))


def test_what_is_asked_for_is_in_the_request():
    parameters = hosting.create_model(Model(**RIGHT, **EVERYTHING)).parameters
    assert parameters["PrimaryContainer"]["Environment"] == {"MODEL_SERVER_WORKERS": "2"}
    assert parameters["EnableNetworkIsolation"] is True
    assert parameters["Tags"] == [{"Key": "team", "Value": "reviews"}]


def test_what_cannot_be_is_refused():
    with pytest.raises(DriverError, match='the model cannot be called "a_b"'):
        hosting.create_model(Model(**{**RIGHT, "name": "a_b"}))
    with pytest.raises(DriverError, match="is not an S3 URI"):
        hosting.create_model(Model(**{**RIGHT, "model_data": "model.tar.gz"}))
    with pytest.raises(DriverError, match="is not an instance type"):
        hosting.create_endpoint_config(Configuration(name="a", model="a", instance_type="m5"))
    with pytest.raises(DriverError, match='the endpoint cannot be called "a b"'):
        hosting.create_endpoint("a b", "a", {})
