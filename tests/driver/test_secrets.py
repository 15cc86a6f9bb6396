"""What a variable's name or value says of it, and that no command prints the value."""

import json

import pytest

from driver import cli, images, secrets

AWS = ("--aws", "--dry-run", "--region", "eu-west-1", "--role", "arn:aws:iam::123456789012:role/Trainer")
ENVIRONMENT = ("--environment", "HF_TOKEN=hunter2", "--environment", "LEVEL=debug")
MODEL = ("--model-data", "s3://texts/model.tar.gz", "--image", "xgboost-sentiment")


@pytest.mark.parametrize(
    "name",
    ["API_KEY", "apikey", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "DB_PASSWORD", "db_passwd", "PGPASS", "MY_PWD",
     "passphrase", "GOOGLE_APPLICATION_CREDENTIALS", "BASIC_AUTH", "SENTRY_DSN", "PRIVATE_PEM", "SESSION_COOKIE",
     "WEBHOOK_SIGNATURE"],
)  # fmt: skip
def test_a_name_like_a_secrets_hides_the_value(name):
    assert secrets.hide({"Environment": {name: "hunter2"}}) == {"Environment": {name: "***"}}


@pytest.mark.parametrize("name", ["LEVEL", "SAGEMAKER_MODEL_SERVER_WORKERS", "EPOCHS", "LANG"])
def test_other_values_are_shown(name):
    assert secrets.hide({"Environment": {name: "1"}}) == {"Environment": {name: "1"}}


def test_a_login_in_an_address_is_hidden():
    found = secrets.hide({"Environment": {"DATABASE": "postgres://me:hunter2@host/db", "SITE": "https://host:80/a@b"}})
    assert found == {"Environment": {"DATABASE": "postgres://***@host/db", "SITE": "https://host:80/a@b"}}


def test_variables_alone_are_hidden_at_any_depth():
    document = {"Containers": [{"Environment": {"KEY": "1"}}], "HyperParameters": {"key": "1"}, "KeyId": "1"}
    assert secrets.hide(document) == {**document, "Containers": [{"Environment": {"KEY": "***"}}]}


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "xgboost-sentiment", "--name", "a"),
        ("tune", "xgboost-sentiment", "--name", "a"),
        ("deploy", "--name", "a", *MODEL),
        ("update", "a", *MODEL, "--instance-type", "ml.c5.large", "--instance-count", "2"),
        ("transform", "a", "s3://texts/unseen/", "--content-type", "text/csv", *MODEL),
        ("pipeline", "a", "--deploy"),
    ],
)
def test_a_dry_run_hides_them(arguments, capsys, monkeypatch):
    monkeypatch.chdir(images.REPOSITORY)
    assert cli.main([*arguments, *ENVIRONMENT, *AWS]) == 0
    captured = capsys.readouterr()
    assert "hunter2" not in captured.out + captured.err
    assert '"HF_TOKEN": "***"' in captured.out
    assert '"LEVEL": "debug"' in captured.out
    json.loads(captured.out)


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_describe_hides_them(form, scripted, capsys):
    scripted.ok({"TrainingJobName": "reviews", "Environment": {"HF_TOKEN": "hunter2", "LEVEL": "debug"}})
    scripted.error("ValidationException", "Requested resource not found.")  # nothing else is called so
    assert cli.main(["describe", "reviews", *form, "--endpoint-url", scripted.url]) == 0
    captured = capsys.readouterr()
    assert "hunter2" not in captured.out + captured.err
    assert all(part in captured.out for part in ("HF_TOKEN", "***", "debug"))


def test_what_is_hidden_is_sent_all_the_same(scripted, capsys, monkeypatch):
    monkeypatch.chdir(images.REPOSITORY)
    for _ in range(2):  # neither a training job nor a tuning job is called so
        scripted.error("ValidationException", "Requested resource not found.")
    scripted.ok({"TrainingJobArn": "arn"})
    train = ["train", "--image", "other", "--train", "s3://texts/a/", "--name", "a", *ENVIRONMENT, "--no-wait"]
    assert cli.main([*train, "--endpoint-url", scripted.url]) == 0, capsys.readouterr().err
    assert any(b'"HF_TOKEN": "hunter2"' in body for body in scripted.bodies)
