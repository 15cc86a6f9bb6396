"""Who calls, and what a role may do, as SDKs ask before they send a job."""

import boto3
from moto.iam.responses import IamResponse
from moto.iam.urls import url_paths

from tests.emulator.running import RunningEmulator

ROLE = "arn:aws:iam::123456789012:role/emulator"


def test_the_key_of_the_state_folder_is_a_session_of_a_role_that_exists(server: RunningEmulator) -> None:
    identity = server.client("sts").get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/emulator/session"
    assert identity["Account"] == "123456789012"
    role = server.client("iam").get_role(RoleName=identity["Arn"].split("/")[1])["Role"]
    assert role["Arn"] == ROLE
    assert identity["UserId"] == f"{role['RoleId']}:session"


def test_in_china_the_arns_are_chinas(server: RunningEmulator) -> None:
    arn = server.client("sts", "cn-north-1").get_caller_identity()["Arn"]
    assert arn == "arn:aws-cn:sts::123456789012:assumed-role/emulator/session"


def test_whoever_has_a_key_of_iams_or_stss_is_that_one(server: RunningEmulator) -> None:
    iam, sts = server.client("iam"), server.client("sts")
    iam.create_user(UserName="me")
    made = iam.create_access_key(UserName="me")["AccessKey"]
    assumed = sts.assume_role(RoleArn=ROLE, RoleSessionName="mine")["Credentials"]
    for key, arn in (
        ({"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]},
         "arn:aws:iam::123456789012:user/me"),
        ({"aws_access_key_id": assumed["AccessKeyId"], "aws_secret_access_key": assumed["SecretAccessKey"],
          "aws_session_token": assumed["SessionToken"]}, "arn:aws:sts::123456789012:assumed-role/emulator/mine"),
    ):  # fmt: skip
        theirs = boto3.client("sts", "us-east-1", endpoint_url=server.endpoint_url, **key)
        assert theirs.get_caller_identity()["Arn"] == arn


def test_a_role_that_was_created_is_described_as_it_was(server: RunningEmulator) -> None:
    iam = server.client("iam")
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam.create_role(RoleName="made", AssumeRolePolicyDocument=trust, Path="/service-role/")
    assert iam.get_role(RoleName="made")["Role"]["Arn"] == "arn:aws:iam::123456789012:role/service-role/made"
    policy = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    iam.attach_role_policy(RoleName="made", PolicyArn=policy)
    assert iam.list_attached_role_policies(RoleName="made")["AttachedPolicies"] == [
        {"PolicyName": "AmazonSageMakerFullAccess", "PolicyArn": policy}
    ]


def test_every_action_is_allowed_on_every_resource(server: RunningEmulator) -> None:
    iam = server.client("iam")
    asked = {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject", "s3:PutObject"]}
    resources = ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]
    for more, wanted in (({"ResourceArns": resources}, resources), ({}, ["*"])):
        pages = iam.get_paginator("simulate_principal_policy").paginate(**asked, **more)
        found = [each for page in pages for each in page["EvaluationResults"]]
        assert {each["EvalDecision"] for each in found} == {"allowed"}
        assert [(each["EvalActionName"], each["EvalResourceName"]) for each in found] == [
            (action, resource) for action in asked["ActionNames"] for resource in wanted
        ]


def test_motos_own_servers_in_this_process_stay_as_they_are(server: RunningEmulator) -> None:
    server.client("iam").get_role(RoleName="emulator")
    assert list(url_paths.values()) == [IamResponse.dispatch]
