"""What build.sh --push refuses before it builds, or asks anybody."""

import json
import shutil
import subprocess

import pytest

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
        (("--registry", "example.com", "--region", "us-east-1"), "with --registry AWS is not asked"),
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
    assert "No region is named" in one_sentence(push("--dry-run"))


def test_no_credentials(push):
    assert "there are no AWS credentials" in one_sentence(push(*ECR))


def test_no_such_profile(push):
    assert "The config profile (nobody) could not be found" in one_sentence(push(*ECR, "--profile", "nobody"))


def test_an_api_that_cannot_be_reached(push):
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = push(*ECR, "--account", "123456789012", AWS_MAX_ATTEMPTS="1", **keys)
    assert "AWS cannot be reached" in one_sentence(done)


@pytest.mark.parametrize(
    ("code", "message", "says"),
    [
        ("ExpiredTokenException", "The security token included in the request is expired", "AWS does not take the"),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid",
            "AWS does not take the",
        ),
        ("AccessDeniedException", "not authorized to perform: ecr:DescribeRepositories", "a permission is missing"),
    ],
)
def test_what_aws_does_not_grant(push_to_ecr, ecr, code, message, says):
    ecr.refuses["DescribeRepositories"] = code, message
    line = one_sentence(push_to_ecr("--dry-run"))
    assert says in line
    assert message in line


def test_a_repository_whose_tags_can_move(push_to_ecr, ecr, small):
    ecr.backend.create_repository(small.name, None, {}, {"scanOnPush": True}, "MUTABLE", {})
    assert f"The repository {small.name} has MUTABLE tags" in one_sentence(push_to_ecr("--dry-run"))


def test_a_dry_run_says_what_would_happen_and_changes_nothing(push_to_ecr, ecr, small):
    done = push_to_ecr("--dry-run")
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
