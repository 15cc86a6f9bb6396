"""Each image's `serve`, in a container with no network, a read-only root and a read-only model."""

import json
import re

import pytest

from emulator.check.checks import check_drain
from emulator.serving.client import request
from emulator.serving.health import probe

pytestmark = pytest.mark.container
MIB = 1024 * 1024
BARE_LISTS = {"blazingtext-client"}  # answers as BlazingText does, with no "predictions" around them
ONE_USER = pytest.mark.parametrize("trained", ["another user"], indirect=True)  # it is all the same to what is tried
LETTERS = {"application/json": b'"a",', "application/jsonlines": b'"a"\n', "text/plain": b"a\n"}
"""A record of one letter in each form."""


def invoke(container, body, content_type="application/json"):
    return request(container.address, "POST", "/invocations", body, {"Content-Type": content_type}, timeout=120)


def test_it_answers_every_record_and_leaves(trained, serve, sample, name):
    user, opt_ml = trained
    with serve(opt_ml, user=user) as (container, _):
        reply = invoke(container, sample.request, sample.request_type)
        assert reply.status == 200
        answer = json.loads(reply.body)
        assert len(answer if name in BARE_LISTS else answer["predictions"]) == len(
            json.loads(sample.request)["instances"]
        )
        ended = container.stop(grace=30)
    assert ended.code == 0


@ONE_USER
def test_records_of_one_letter_fit_into_a_container_of_1_gb(trained, serve):
    user, opt_ml = trained
    with serve(opt_ml, user=user, memory_in_mb=1024) as (container, _):
        for content_type, record in LETTERS.items():
            for size in (2 * MIB, 8 * MIB):
                body = record * (size // len(record))
                if content_type == "application/json":
                    body = b'{"instances": [' + body.removesuffix(b",") + b"]}"
                reply = invoke(container, body, content_type)
                assert reply.status in {413, 415}  # 415: not every image reads plain text
                assert reply.status == 415 or re.search(rb"send at most [0-9]{5,6} records per request", reply.body)
        assert container.running


@ONE_USER
@pytest.mark.contract_only
def test_as_many_records_as_are_allowed_are_answered_in_a_container_of_1_gb(trained, serve):
    user, opt_ml = trained
    with serve(opt_ml, user=user, memory_in_mb=1024) as (container, _):
        refused = invoke(container, b"a\n" * MIB, "text/plain")
        allowed = int(re.search(rb"send at most ([0-9]+) records", refused.body)[1])
        reply = invoke(container, b"a\n" * allowed, "text/plain")
        assert (reply.status, reply.body.count(b"\n")) == (200, allowed)


@ONE_USER
@pytest.mark.contract_only
def test_a_request_under_way_at_sigterm_is_answered(trained, serve, sample):
    user, opt_ml = trained
    with serve(opt_ml, user=user) as (container, _):
        check_drain(container, sample)


@ONE_USER
@pytest.mark.contract_only
def test_the_port_can_be_chosen(trained, serve, sample):
    _, opt_ml = trained
    with serve(opt_ml, port=9123, environment={"SAGEMAKER_BIND_TO_PORT": "9123"}) as (container, _):
        assert invoke(container, sample.request, sample.request_type).status == 200
        assert probe((container.address[0], 8080)) == "connection refused"


@pytest.mark.contract_only
def test_a_folder_without_a_model_is_refused(tmp_path, start):
    (tmp_path / "ml" / "model").mkdir(parents=True)
    with start("serve", tmp_path / "ml", expected=("manifest.json",)) as (container, lines):
        ended = container.wait(60)
    assert ended is not None
    assert ended.code not in (0, 137), "\n".join(lines)
    assert any("manifest.json" in line for line in lines)
    assert not any("Traceback" in line for line in lines)
