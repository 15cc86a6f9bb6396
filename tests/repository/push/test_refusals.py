"""What build.sh --push refuses before it builds, or asks anybody."""

import json
import os
import shutil
import subprocess

import pytest

from tests import aws_program

ECR = ("--region", "us-east-1", "--dry-run")


def one_sentence(done):
    assert done.returncode == 1, done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("build.sh: ")
    return line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--registry",), "--registry needs a value."),
        (("--region", "--dry-run"), "--region needs a value."),
        (("--account", "12345"), "--account 12345 is not an AWS account, which is a number of 12 digits."),
        (("--registry", "https://example.com"), "without https://"),
        (("--registry", "somebody"), "--registry somebody is not a registry"),
        (("--registry", "example.com/UPPER"), "--registry example.com/UPPER is not a registry"),
        (("--registry", "example.com", "--region", "us-east-1"), "with --registry AWS is not contacted"),
    ],
)
def test_an_option_that_is_none(push, arguments, says):
    assert says in one_sentence(push(*arguments))


def test_options_of_a_push_without_one(repository):
    command = [repository / "build.sh", "xgboost-sentiment", "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "--dry-run go with --push" in one_sentence(done)


def test_a_tree_that_differs_from_its_commit(push, small):
    (small.image / "content").write_text("changed")
    assert "The tree differs from its last commit" in one_sentence(push(*ECR))


def test_a_folder_without_commits(push, small):
    (small.folder / ".git").rename(small.folder.parent / "history")
    assert "git finds no commit in this folder" in one_sentence(push(*ECR))


def test_no_aws_command(push, bare_path):
    assert "aws is not on the PATH" in one_sentence(push(*ECR, path=bare_path))


def test_no_docker_command(push, bare_path):
    for tool in ("mktemp", "rm"):
        (bare_path / tool).symlink_to(shutil.which(tool))
    done = push("--registry", "example.com", "--dry-run", path=bare_path)
    assert "docker is not on the PATH" in one_sentence(done)


def test_no_region(push):
    assert "No region was given" in one_sentence(push("--dry-run"))


def test_no_credentials(push):
    line = one_sentence(push(*ECR))
    assert "AWS credentials are missing" in line
    assert line.endswith("With --account and --region a dry run needs neither command nor credentials.")


@pytest.mark.parametrize("has_aws", [True, False])
def test_a_dry_run_that_is_told_account_and_region_needs_no_credentials(push, bare_path, small, has_aws):
    for tool in ("mktemp", "rm"):
        (bare_path / tool).symlink_to(shutil.which(tool))
    where = {} if has_aws else {"path": bare_path}
    done = push("--dry-run", "--account", "123456789012", "--region", "cn-north-1", **where)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Pushing to ECR: account 123456789012, region cn-north-1; no AWS credentials, so nothing is looked up",
        f"{small.name}:1.2.3",
        f"  repository  123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/{small.name}",
        f"  tag         1.2.3-{small.first}",
        "  tag         1.2.3",
    ]


def test_no_such_profile(push):
    assert "The config profile (nobody) could not be found" in one_sentence(push(*ECR, "--profile", "nobody"))


def test_an_api_that_cannot_be_reached(push):
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = push(*ECR, "--account", "123456789012", AWS_MAX_ATTEMPTS="1", **keys)
    assert "AWS cannot be reached" in one_sentence(done)


@pytest.mark.parametrize(
    ("code", "message", "says"),
    [
        ("ExpiredTokenException", "The security token included in the request is expired", "AWS rejected the"),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid",
            "AWS rejected the",
        ),
        ("AccessDeniedException", "not authorized to perform: ecr:DescribeRepositories", "a permission is missing"),
    ],
)
def test_what_aws_does_not_grant(push_to_ecr, ecr, code, message, says):
    ecr.refuses["DescribeRepositories"] = code, message
    line = one_sentence(push_to_ecr("--dry-run"))
    assert says in line
    assert message in line


KEYS = "aws_access_key_id = a\naws_secret_access_key = b\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/Trainer\n"
SSO = (
    "sso_account_id = 123456789012\nsso_role_name = Trainer\nsso_start_url = https://work.awsapps.com/start\n"
    "sso_region = eu-west-1\n"
)
LOST = "Error loading SSO Token: Token for https://work.awsapps.com/start does not exist"
PROCESS = "what the AWS settings name, such as a credential_process, fails"


@pytest.fixture
def settings(home):
    """Writes the settings, with a credential_process of that script in place of SCRIPT."""

    def write(content, script=None):
        (home / ".aws").mkdir()
        program = home / "credential"
        if script:
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
        content = content if isinstance(content, bytes) else content.replace("SCRIPT", str(program)).encode()
        (home / ".aws" / "config").write_bytes(content)

    return write


@pytest.mark.parametrize(
    ("content", "script", "says"),
    [
        (f"[profile p]\n{SSO}", None, f"has expired ({LOST}). Log in with aws sso login --profile p."),
        (f"[profile p]\n{KEYS}{ROLE}source_profile = p\nmfa_serial = arn:aws:iam::1:mfa/x\n", None, "needs an MFA"),
        ("[profile p]\ncredential_process = SCRIPT\n", "echo locked >&2; echo out >&2; exit 3", f"{PROCESS} (out)"),
        ("[profile p]\ncredential_process = SCRIPT\n", "exit 3", PROCESS),
        ("[profile p]\ncredential_process = SCRIPT\n", "echo hello", f"{PROCESS} (Expecting value"),
        ("[profile p]\ncredential_process = SCRIPT\n", "echo '[]'", PROCESS),
        ("[profile p]\ncredential_process = SCRIPT\n", None, f"{PROCESS} ([Errno 2] No such file or directory"),
        ("[profile p]\ncredential_process = /bin/cat 'a\n", None, "the AWS settings are wrong (No closing quotation)"),
        (f"[profile p]\n{ROLE}web_identity_token_file = /nowhere\n", None, PROCESS),
        (f"[profile p]\n{ROLE}source_profile = nobody\n", None, "the AWS settings are wrong (The source_profile"),
        ("[profile p]\naws_access_key_id = a\n", None, "AWS credentials are missing or incomplete"),
        ("no settings\n", None, "the AWS settings are wrong (botocore.exceptions.ConfigParseError: Unable to parse"),
        (b"[profile p]\nregion = \xff\n", None, "the AWS settings are wrong (botocore.exceptions.ConfigParseError"),
        ("", None, "The config profile (p) could not be found. aws configure list-profiles lists the profiles."),
    ],
)  # fmt: skip
def test_settings_that_do_not_work(push, settings, content, script, says):
    if isinstance(content, str):
        content = content.replace("[profile p]", "[profile p]\nregion = us-east-1")
    settings(content, script)
    line = one_sentence(push("--dry-run", "--profile", "p"))
    assert line.startswith("build.sh: Cannot ")
    assert says in line


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_settings_that_are_a_folder(push, home, variable):
    line = one_sentence(push(*ECR, **{variable: str(home)}))
    assert line == (
        f"build.sh: Cannot read the AWS settings in {home}. Make it a file that you can read, or name another one in "
        "AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE."
    )


@pytest.mark.parametrize(
    "message",
    [
        "Signature expired: 20261127T000000Z is now earlier than 20261127T010000Z (20261127T011500Z - 15 min.)",
        "Signature not yet current: 20261127T010000Z is still later than 20261127T001500Z (20261127T000000Z + 15 min.)",
    ],
)
def test_a_wrong_clock(push_to_ecr, ecr, message):
    ecr.refuses["DescribeRepositories"] = "InvalidSignatureException", message
    line = one_sentence(push_to_ecr("--dry-run"))
    assert "this machine's clock is wrong (" in line
    assert line.endswith("Set it, for example with sudo timedatectl set-ntp true.")


def test_a_proxy_that_is_not_there(push):
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "HTTPS_PROXY": "http://127.0.0.1:9"}
    line = one_sentence(push(*ECR, AWS_MAX_ATTEMPTS="1", **keys))
    assert "the proxy cannot be reached" in line


def test_a_repository_whose_tags_can_move(push_to_ecr, ecr, small):
    ecr.backend.create_repository(small.name, None, {}, {"scanOnPush": True}, "MUTABLE", {})
    assert f"The repository {small.name} has MUTABLE tags" in one_sentence(push_to_ecr("--dry-run"))


def test_a_dry_run_says_what_would_happen_and_changes_nothing(push_to_ecr, ecr, small):
    done = push_to_ecr("--dry-run", PATH=f"{aws_program.REAL.parent}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Pushing to ECR: account 123456789012, region us-east-1",
        f"{small.name}:1.2.3",
        "  repository  to be created, with immutable tags, scan on push and images/lifecycle.json",
        f"  tag         1.2.3-{small.first}",
        "  tag         1.2.3",
    ]
    assert ecr.asked == ["DescribeRepositories"]
    assert ecr.backend.repositories == {}


def test_the_region_and_the_credentials_are_those_of_the_profile(push, ecr, home, small):
    settings = home / ".aws"
    settings.mkdir()
    (settings / "config").write_text("[profile team]\nregion = cn-north-1\n")
    (settings / "credentials").write_text("[team]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret\n")
    before = {path: path.read_bytes() for path in settings.iterdir()}
    done = push("--dry-run", "--profile", "team", AWS_ENDPOINT_URL=ecr.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "Pushing to ECR: account 123456789012, region cn-north-1, profile team"
    assert {path: path.read_bytes() for path in settings.rglob("*")} == before


def test_the_lifecycle_policy_is_one_that_ecr_takes(repository):
    text = (repository / "images/lifecycle.json").read_text()
    assert 100 <= len(text) <= 30720
    rules = json.loads(text)["rules"]
    assert [rule["rulePriority"] for rule in rules] == [1, 2]
