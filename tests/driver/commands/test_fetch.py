"""What a job has left, downloaded from S3; the job is a scripted answer, the bucket moto's."""

from driver import cli


def described(status, **more):
    return {"TrainingJobName": "reviews", "TrainingJobStatus": status, **more}


def test_model_and_output_are_downloaded(launch, local, tmp_path, monkeypatch):
    launch("train", "xgboost-sentiment", "--name", "reviews")
    uri = local.client("sagemaker").describe_training_job(TrainingJobName="reviews")["ModelArtifacts"][
        "S3ModelArtifacts"
    ]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    place = key.rpartition("/")[0]
    for name in ("model.tar.gz", "output.tar.gz"):
        local.client("s3").put_object(Bucket=bucket, Key=f"{place}/{name}", Body=name.encode())
    folder = tmp_path / "models"
    code, said, _ = launch("fetch", "reviews", "--output", str(folder))
    assert (code, said.splitlines()) == (0, [f"{folder}/model.tar.gz", f"{folder}/output.tar.gz"])
    assert (folder / "model.tar.gz").read_bytes() == b"model.tar.gz"


def test_a_job_without_a_model_has_nothing_to_fetch(scripted, capsys):
    scripted.ok(described("InProgress"))
    assert cli.main(["fetch", "reviews", "--endpoint-url", scripted.url]) == 1
    assert (
        "the training job reviews has no model (it is InProgress): there is nothing to fetch" in capsys.readouterr().err
    )


def test_an_unknown_job_is_named(scripted, capsys):
    scripted.error("ValidationException", "Requested resource not found.")
    assert cli.main(["fetch", "reviews", "--endpoint-url", scripted.url]) == 1
    assert "reviews" in capsys.readouterr().err
