"""Calls to be pasted, for an account on AWS; tests/driver/trying runs those for the emulator."""

from driver.aws import examples
from driver.aws.target import aws_target


def test_calls_of_an_account_send_its_token_and_name_no_address_of_this_machine() -> None:
    calls = examples.of_body(aws_target("eu-west-1", None, None, None, None), "reviews", '{"instances": ["it\'s"]}')
    assert "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/reviews/invocations" in calls["curl"]
    assert '--header "X-Amz-Security-Token: $AWS_SESSION_TOKEN"' in calls["curl"]
    assert "--region eu-west-1 --endpoint-name reviews" in calls["AWS CLI"]
    assert not any("127.0.0.1" in call or "--endpoint-url" in call for call in calls.values())
