"""`launch.py drift`, on what moto keeps of an endpoint, its model, its log and its captured requests."""

import base64
import io
import json
import random
import tarfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from smcontract.manifest import Manifest
from smcontract.monitoring.emf import EmbeddedMetrics
from smcontract.records import Text
from smcontract.training import profile

from driver.drift.capture import Reader
from driver.errors import DRIFTED

BUCKET = "sagemaker-us-east-1-123456789012"
START = datetime(2026, 11, 28, 10, tzinfo=UTC)


class Model:
    """Takes texts of an odd number of characters for pos."""

    manifest = Manifest("tiny", "1", labels=("neg", "pos"))
    records = Text()

    def predict(self, records):
        return [
            {"label": ("neg", "pos")[len(text) % 2], "probabilities": {"neg": 0.9 - 0.7 * (len(text) % 2),
                                                                       "pos": 0.1 + 0.7 * (len(text) % 2)}}
            for text in records
        ]  # fmt: skip


def texts(count, seed, stem="word"):
    source = random.Random(seed)
    return [" ".join(f"{stem}{source.randrange(300)}" for _ in range(20)) for _ in range(count)]


def lines(many, start=START, kind="application/json"):
    """What data capture keeps of these texts, five a request, a request a minute."""
    for number in range(0, len(many), 5):
        part = many[number : number + 5]
        answers = Model().predict(part)
        asked, answered, encoding = json.dumps({"instances": part}), json.dumps({"predictions": answers}), "JSON"
        if kind == "text/csv":
            asked, encoding = "".join(f'"{text}"\n' for text in part), "CSV"
            answered = "".join(f"{one['probabilities']['pos']}\n" for one in answers)
        if kind == "application/jsonlines":
            asked = base64.b64encode("".join(json.dumps(text) + "\n" for text in part).encode()).decode()
            answered = base64.b64encode("".join(json.dumps(one) + "\n" for one in answers).encode()).decode()
            encoding = "BASE64"
        time = f"{start + timedelta(minutes=number // 5):%Y-%m-%dT%H:%M:%SZ}"
        yield json.dumps({
            "captureData": {
                "endpointInput": {"observedContentType": kind, "mode": "INPUT", "data": asked, "encoding": encoding},
                "endpointOutput": {"observedContentType": f"{kind}; charset=utf-8", "mode": "OUTPUT", "data": answered,
                                   "encoding": encoding},
            },
            "eventMetadata": {"eventId": str(number), "inferenceTime": time}, "eventVersion": "0",
        })  # fmt: skip


@pytest.fixture(scope="module")
def card():
    baseline = profile.describe(Model(), profile.Sample.of(texts(2000, 1)), texts(600, 2))
    return vars(replace(Model.manifest, baseline=baseline.to_json()))


@pytest.fixture
def deploy(launch, local):
    """`deploy(manifest)`: an endpoint called reviews, of a model with this manifest."""

    def make(card, *flags):
        local.client("s3").create_bucket(Bucket=BUCKET)
        archive, content = io.BytesIO(), json.dumps(card).encode()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            entry = tarfile.TarInfo("manifest.json")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        assert launch("train", "xgboost-sentiment", "--name", "reviews")[0] == 0
        local.client("s3").put_object(Bucket=BUCKET, Key="launch/reviews/output/model.tar.gz", Body=archive.getvalue())
        assert launch("deploy", "reviews", *flags)[0] == 0

    return make


@pytest.mark.parametrize("kind", ["text/csv", "application/jsonlines"])
def test_other_media_types_are_read_as_json_is(tmp_path, kind):
    found = []
    for number, each in enumerate(["application/json", kind]):
        path = tmp_path / f"{number}.jsonl"
        path.write_text("\n".join(lines(texts(20, 3), kind=each)))
        found.append(Reader(Model.manifest.labels).read(path))
    expected, read = found
    assert [each.time for each in read] == [each.time for each in expected]
    assert [each.record.text for each in read] == texts(20, 3)
    assert [each.record.label for each in read] == [each.record.label for each in expected]
    assert [each.record.confidence for each in read] == pytest.approx([each.record.confidence for each in expected])


def test_requests_like_those_of_training_are_no_drift(launch, deploy, card):
    deploy(card)
    Path("captured/reviews").mkdir(parents=True)
    Path("captured/reviews/a.jsonl").write_text("\n".join(lines(texts(1100, 3))))
    code, out, _ = launch("drift", "reviews", "--captured", "captured", "--json")
    document = json.loads(out)
    assert (code, document["Alarm"]) == (0, False)
    assert [window["Records"] for window in document["Windows"]] == [500, 500, 500]
    assert document["Windows"][0]["Ratios"].keys() == {"length", "unknown_words", "words", "confidence", "labels"}
    assert document["Windows"][0]["MeanConfidence"] == pytest.approx(0.85, abs=0.02)


def test_captured_requests_that_differ_are_an_alarm_from_a_time_on(launch, deploy, card, local):
    deploy(card, "--capture", "50")
    config = local.client("sagemaker").list_endpoint_configs()["EndpointConfigs"][0]["EndpointConfigName"]
    captured = local.client("sagemaker").describe_endpoint_config(EndpointConfigName=config)["DataCaptureConfig"]
    assert captured["InitialSamplingPercentage"] == 50
    place = captured["DestinationS3Uri"].removeprefix(f"s3://{BUCKET}/")
    body = "\n".join([*lines(texts(1000, 3)), *lines(texts(500, 4, "wort"), START + timedelta(hours=5)), "not this"])
    key = f"{place}/reviews/AllTraffic/2026/11/28/10/a.jsonl"
    local.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    code, out, _ = launch("drift", "reviews", "--output", "drift.html")
    assert code == DRIFTED
    assert "left out lines that are not data capture's: 1" in out
    assert "Drift: 1 of 3 windows raises an alarm (choice of words, unknown words), 2026-11-28 10:00 to" in out
    page = Path("drift.html").read_text()
    assert page.count("<svg") == 8
    assert "The first begins at 2026-11-28 15:00:00 UTC." in page
    assert "wort" not in page
    code, out, _ = launch("drift", "reviews", "--since", "2026-11-28T15:00", "--json")
    assert [window["Alarm"] for window in json.loads(out)["Windows"]] == [True]


def test_the_log_has_metrics(launch, deploy, card, local):
    deploy(card, "--environment", "SAGEMAKER_METRICS=emf")
    model = local.client("sagemaker").list_models()["Models"][0]["ModelName"]
    environment = local.client("sagemaker").describe_model(ModelName=model)["PrimaryContainer"]["Environment"]
    assert environment == {"SAGEMAKER_METRICS": "emf", "SAGEMAKER_METRICS_ENDPOINT": "reviews"}
    embedded, group = EmbeddedMetrics("SageMakerText", "reviews"), "/aws/sagemaker/Endpoints/reviews"
    figures = {"Requests": 1, "Records": 250, "MeanConfidence": 0.75, "UnknownWords": 0.1, "Label.pos": 0.5}
    events = [
        embedded.line(START.timestamp() + number, figures | ({"Drift": number / 4} if number > 1 else {}), '{"id": 1}')
        for number in range(6)
    ]
    client = local.client("logs")
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName="AllTraffic/i-1")
    now = int(datetime.now(UTC).timestamp() * 1000)
    client.put_log_events(
        logGroupName=group, logStreamName="AllTraffic/i-1",
        logEvents=[{"timestamp": now, "message": message} for message in ["worker 7 is ready", *events]],
    )  # fmt: skip
    code, out, _ = launch("drift", "reviews", "--logs", "--json")
    found = [(window["Records"], window["Drift"], window["Alarm"]) for window in json.loads(out)["Windows"]]
    assert (code, found) == (DRIFTED, [(500, None, False), (500, 0.75, False), (500, 1.25, True)])
    assert json.loads(out)["Windows"][0]["LabelShares"] == {"pos": 0.5}
    assert launch("drift", "reviews", "--logs", "--since", "2030-01-01")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--captured", "nowhere"], "nowhere does not exist: give the s3:// URI or the folder of captured requests"),
        (["--captured", "."], "there are no captured requests in . (.jsonl files): check the address"),
        (["--captured", "few"], "there are 10 records, and 500 are compared at once: wait for more"),
        ([], "the endpoint reviews captures no requests: say where they are with --captured"),
        (["--logs"], "no line of the log has metrics of records: deploy the model with --environment"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(launch, deploy, card, arguments, sentence):
    deploy(card)
    Path("few").mkdir()
    Path("few/a.json").write_text("\n".join(lines(texts(10, 3))))
    if arguments[1:] == ["few"]:
        Path("few/a.json").rename("few/a.jsonl")
    code, _, err = launch("drift", "reviews", *arguments)
    assert code == 1
    assert sentence in err


def test_a_time_that_is_none(launch, capsys):
    with pytest.raises(SystemExit):
        launch("drift", "reviews", "--since", "yesterday")
    assert "yesterday is not a time: write it like 2026-11-28" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"baseline": {}}, "has no baseline to compare with: train it again"),
        ({"baseline": {"format": 9}}, "has the format 9, and this version reads 1"),
        ({"baseline": {"format": 1, "window": 500}}, "is malformed ('known_words'): train it again"),
    ],
)
def test_a_model_that_cannot_be_compared_with(launch, deploy, card, change, sentence):
    deploy({**card, **change})
    Path("a.jsonl").write_text("\n".join(lines(texts(10, 3))))
    code, _, err = launch("drift", "reviews", "--captured", "a.jsonl")
    assert code == 1
    assert sentence in err
