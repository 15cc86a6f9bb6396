"""/metrics, as Prometheus' own parser reads it."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families
from smcontract.monitoring.baseline import WINDOW
from smcontract.monitoring.tally import CONTENT_TYPE, PREFIX

from tests.smcontract.conftest import Client
from tests.smcontract.monitoring.test_monitor import Model, application, texts


def read(text):
    """The samples by name and labels, each family with its kind and a help."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type in ("counter", "gauge", "histogram")
        assert family.documentation
        for sample in family.samples:
            key = (sample.name.removeprefix(PREFIX), *sample.labels.values())
            assert key not in found
            found[key] = sample.value
    return found


def post(client, instances):
    return client.post("/invocations", json.dumps({"instances": instances}), {"Content-Type": "application/json"})


def metrics(client):
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    return read(answer.text)


def test_what_has_been_asked_is_counted(model):
    client = Client(application(model, metrics=frozenset({"prometheus"})))
    assert metrics(client)["requests_total",] == 0
    post(client, ["word1 word2 never", "word3 seen"])
    post(client, ["word1"])
    post(client, [""])
    found = metrics(client)
    counted = {key[0]: value for key, value in found.items() if len(key) == 1}
    assert {name: counted[f"{name}_total"] for name in ("requests", "errors", "records", "words", "unknown_words")} == {
        "requests": 3, "errors": 1, "records": 3, "words": 6, "unknown_words": 2
    }  # fmt: skip
    assert (found["predictions_total", "neg"], found["predictions_total", "pos"]) == (1, 2)
    assert counted["confidence_total"] == pytest.approx(0.7 + 0.9 + 0.9)
    assert counted["latency_seconds_count"] == found["latency_seconds_bucket", "+Inf"] == 3
    assert counted["latency_seconds_sum"] > 0
    assert "drift" not in counted


def test_drift_is_a_gauge_once_the_window_is_full(model):
    client = Client(application(model, metrics=frozenset({"prometheus", "emf"})))
    post(client, texts(WINDOW, 3))
    found = metrics(client)
    assert 0 < found["drift",] < 1
    assert {key[1] for key in found if key[0] == "stability_index"} == set(model.manifest.baseline["statistics"])


def test_workers_have_rows_of_their_own_which_are_added_up(model):
    app = application(model, metrics=frozenset({"prometheus"}), workers=3)
    client = Client(app)
    for place in (0, 1, 2, 2):
        app.enter(place)
        post(client, ["word1"])
    assert metrics(client)["requests_total",] == 4


def test_a_label_may_be_any_text():
    labels = ("neg", "pos", 'a "film"\\\nü')
    client = Client(application(Model(labels), metrics=frozenset({"prometheus"})))
    assert metrics(client)["predictions_total", labels[2]] == 0


def test_it_is_there_only_if_it_is_asked_for(model):
    for names in (frozenset(), frozenset({"emf"})):
        assert Client(application(model, metrics=names)).get("/metrics").status_code == 404


def test_a_server_of_several_workers(serve):
    server = serve(SAGEMAKER_METRICS="prometheus", SAGEMAKER_MODEL_SERVER_WORKERS="2").ready(2)
    for _ in range(6):  # each on a connection of its own, so that both workers have some
        assert server.predict("a1")[0] == 200
    status, body = server.ask("GET", "/metrics")
    assert (status, read(body.decode())["records_total",]) == (200, 6)
    assert "/metrics" not in server.out.read_text()
