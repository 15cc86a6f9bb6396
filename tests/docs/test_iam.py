"""The policies in docs/iam: valid, filled in by the line on their page, and of exactly the actions that are used."""

import ast
import functools
import json
import re
import subprocess

import boto3
import pytest
from botocore.session import Session
from moto import mock_aws

from docs.tables import REPOSITORY
from driver.aws import resources

FOLDER = REPOSITORY / "docs/iam"
POLICIES = sorted(path.name for path in FOLDER.glob("*.json"))
LONGEST = 6144
"""Characters without white space of a managed policy."""

PERMISSIONS = {
    "s3:DeleteObjects": {"s3:DeleteObject"},
    "s3:HeadBucket": {"s3:ListBucket"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "s3:HeadObject": {"s3:GetObject"},
    "sagemaker-runtime:InvokeEndpoint": {"sagemaker:InvokeEndpoint"},
    "sts:GetCallerIdentity": set(),
}
"""Operation -> permissions, where they are not of one name."""

TRANSFERS = {
    "upload_file": {"s3:PutObject", "s3:AbortMultipartUpload"},
    "upload_fileobj": {"s3:PutObject", "s3:AbortMultipartUpload"},
    "download_file": {"s3:GetObject"},
    "download_fileobj": {"s3:GetObject"},
}
"""boto3's own methods, which make several operations."""

BESIDE = {"iam:PassRole", "sagemaker:AddTags"}
"""Asked for by CreateTrainingJob and others: for the role in the request, and for its tags."""

BY_DOCKER = {  # at docker push
    "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage",
    "ecr:UploadLayerPart",
}  # fmt: skip


def policy(name):
    return json.loads((FOLDER / name).read_text())


def actions(name):
    return [action for statement in policy(name)["Statement"] for action in statement["Action"]]


@functools.cache
def operations(service):
    return set(Session().get_service_model(service).operation_names)


def filled_in(tmp_path):
    """Runs the lines of the page that fill the policies in."""
    page = (FOLDER / "README.md").read_text()
    (script,) = re.findall(r"^    (mkdir .*?^    done)$", page, re.MULTILINE | re.DOTALL)
    for folder in ("docs", "images"):
        (tmp_path / folder).symlink_to(REPOSITORY / folder)
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True)
    return {name: (tmp_path / "run/iam" / name).read_text() for name in POLICIES}


@pytest.mark.parametrize("name", POLICIES)
def test_every_statement_allows_named_actions_on_named_resources(name):
    sids = [statement["Sid"] for statement in policy(name)["Statement"]]
    assert len(sids) == len(set(sids))
    for statement in policy(name)["Statement"]:
        assert re.fullmatch("[A-Za-z0-9]+", statement["Sid"])
        assert statement["Effect"] == "Allow"
        assert [action for action in statement["Action"] if "*" in action] == []
    assert len(actions(name)) == len(set(actions(name)))
    assert len(re.sub(r"\s", "", (FOLDER / name).read_text())) <= LONGEST


@pytest.mark.parametrize("name", POLICIES)
def test_every_action_exists(name):
    known = {"s3:ListBucket", "iam:PassRole", "sagemaker:InvokeEndpoint"}  # permissions that are no operations
    for action in set(actions(name)) - known:
        service, _, operation = action.partition(":")
        assert operation in operations(service), action


def test_only_what_has_no_narrower_resource_is_allowed_on_everything():
    everything = {
        action
        for name in POLICIES
        for statement in policy(name)["Statement"]
        if statement.get("Resource") == ["*"]
        for action in statement["Action"]
    }
    lists = {f"sagemaker:{kind.list().operation}" for kind in resources.EVERY}
    network = set(actions("vpc.json"))
    assert everything == {"ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"} | lists | network


def test_the_page_fills_in_every_word_and_iam_takes_the_policies(tmp_path):
    policies = filled_in(tmp_path)
    with mock_aws():
        iam = boto3.client("iam", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        trust = policies.pop("role-trust.json")
        role = iam.create_role(RoleName="text-images", AssumeRolePolicyDocument=trust)["Role"]
        for name, text in policies.items():
            iam.create_policy(PolicyName=name.removesuffix(".json"), PolicyDocument=text)
    assert role["Arn"] in policies["caller.json"]
    for text in (trust, *policies.values()):
        assert re.findall(r"\b[A-Z]{3,}\b", text) == []
        for arn in re.findall(r'"(arn:[^"]+)"', text):
            assert re.fullmatch(r"arn:aws:[a-z0-9]+:([a-z]+-[a-z]+-[0-9])?:([0-9]{12}|\*)?:\S+", arn)


def driver_calls():
    """Permissions that the driver's code needs, from the operations it names and the kinds it can describe."""
    services = ("sagemaker", "sagemaker-runtime", "s3", "logs", "sts", "iam", "ecr")
    by_operation = {operation: service for service in services for operation in operations(service)}
    named, transfers = set(), set()
    for path in (REPOSITORY / "driver").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in by_operation:
                named.add(node.value)
            elif isinstance(node, ast.Attribute) and node.attr in TRANSFERS:
                transfers |= TRANSFERS[node.attr]
    for kind in resources.EVERY:
        named |= {kind.describe("x").operation, kind.list().operation}
        named |= {kind.stop("x").operation} if kind.can_stop else set()
        named |= {kind.delete("x").operation} if kind.can_delete else set()
    full = {f"{by_operation[operation]}:{operation}" for operation in named}
    return transfers.union(*(PERMISSIONS.get(name, {name}) for name in full))


def test_the_caller_may_do_what_the_driver_does_and_no_more():
    assert sorted(actions("caller.json")) == sorted(driver_calls() | BESIDE)


def test_the_role_is_the_one_that_may_be_passed():
    (passing,) = (
        statement for statement in policy("caller.json")["Statement"] if "iam:PassRole" in statement["Action"]
    )
    assert passing["Resource"] == ["arn:aws:iam::ACCOUNT:role/ROLE"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_a_push_may_do_what_build_sh_does_and_no_more():
    script = (REPOSITORY / "images/push.sh").read_text()
    commands = set(re.findall(r"(?:ask_ecr \S+ \"[^\"]*\"|\" ecr) ([a-z-]+)", script)) - {"get-login-password"}
    assert commands
    ours = {f"ecr:{''.join(word.title() for word in command.split('-'))}" for command in commands}
    assert sorted(actions("push.json")) == sorted(ours | BY_DOCKER | {"ecr:GetAuthorizationToken"})


def test_the_policies_name_the_repositories_of_every_image(tmp_path):
    images = {path.parent.name for path in REPOSITORY.glob("images/*/pyproject.toml")}
    policies = filled_in(tmp_path)
    for name, statements, others in (("push.json", 3, set()), ("role.json", 1, {"blazingtext"})):
        named = re.findall(r":repository/([a-z0-9-]+)", policies[name])
        assert set(named) == images | others
        assert len(named) == statements * len(images | others)
