"""Endpoints on real processes and sockets."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.engines import ProcessEngine
from emulator.errors import EmulatorError, EndpointError, ModelError
from emulator.serving.container import ModelSpecification, ServingContainer
from tests.waiting import until

Engine = Callable[..., ProcessEngine]
EMPTY = ModelSpecification("empty", None)


def test_a_model_is_unpacked_and_served(engine: Engine, model: Path) -> None:
    lines: list[str] = []
    with ServingContainer(engine("good"), ModelSpecification("upper", model), lines.append) as endpoint:
        answer = endpoint.invoke(
            b"one\ntwo\n", "text/csv", "text/csv", {"X-Amzn-SageMaker-Custom-Attributes": "trace=1"}
        )
        assert answer.body == b"ONE!\nTWO!\n"
        assert (answer.content_type, answer.custom_attributes) == ("text/csv", "trace=1")
        assert 0 < endpoint.seconds_to_healthy < 10
        assert endpoint.running
    assert not endpoint.running
    assert '"POST /invocations HTTP/1.1" 200 -' in lines


def test_no_file_of_the_model_may_be_written(engine: Engine, model: Path, tmp_path: Path) -> None:
    class Recording:
        """Passes the launch on and looks at its folder."""

        description = "recording"

        def start(self, launch, on_line):  # type: ignore[no-untyped-def]
            self.launch = launch
            self.modes = [path.stat().st_mode & 0o222 for path in (launch.opt_ml / "model").rglob("*")]
            return engine("good").start(launch, on_line)

    recording = Recording()
    with ServingContainer(recording, ModelSpecification("upper", model)):
        assert recording.modes == [0]
        assert recording.launch.read_only == ("model",)
    assert not recording.launch.opt_ml.exists()


def test_a_model_may_be_empty(engine: Engine) -> None:
    with ServingContainer(engine("echo"), EMPTY) as endpoint:
        assert endpoint.invoke(b"x").body == b"x"


def test_an_error_of_the_container_is_a_model_error_with_its_status_and_message(engine: Engine) -> None:
    with ServingContainer(engine("echo"), EMPTY) as endpoint:
        with pytest.raises(ModelError) as caught:
            endpoint.invoke(b"bad", "text/plain")
        assert (caught.value.original_status_code, caught.value.original_message) == (400, "record 1 is bad")
        assert endpoint.invoke(b"good").body == b"good"


def test_a_refusal_before_the_body_was_read_arrives(engine: Engine) -> None:
    with (
        ServingContainer(engine("bad_refuses_unread"), EMPTY) as endpoint,
        pytest.raises(ModelError, match="413: at most 1 byte"),
    ):
        endpoint.invoke(b"xx", "text/plain")


@pytest.mark.parametrize("program", ["bad_slow_answer", "bad_trickles"])
def test_an_answer_that_is_not_whole_in_time_is_none(engine: Engine, program: str) -> None:
    no_answer = pytest.raises(ModelError, match="did not complete its answer within 1 s")
    with no_answer as caught, ServingContainer(engine(program), EMPTY) as endpoint:
        endpoint.invoke(b"x", timeout=1)
    assert caught.value.original_status_code == 0


def test_a_container_that_dies_over_a_request_is_named_with_its_last_lines(engine: Engine) -> None:
    died = pytest.raises(ModelError, match=r"(?s)the container ended with exit code 139.*Segmentation fault")
    with ServingContainer(engine("bad_dies_at_first_request"), EMPTY) as endpoint:
        with died:
            endpoint.invoke(b"x")
        with pytest.raises(ModelError, match="the container ended"):
            endpoint.get("/execution-parameters")


def test_a_container_that_dies_at_start_shows_exit_code_pings_and_last_lines(engine: Engine) -> None:
    with pytest.raises(EndpointError) as caught, ServingContainer(engine("bad_dies_at_start"), EMPTY):
        pass
    text = str(caught.value)
    assert text.startswith("the container of empty ended with exit code 4\n/ping since it started:\n")
    assert "connection refused" in text
    assert text.endswith("  loading the model\n  OSError: model.json is missing")


@pytest.mark.parametrize(
    ("program", "answer"), [("bad_never_ready", "503"), ("bad_never_answers_ping", "no answer within 2 s")]
)
def test_one_that_never_gets_healthy_shows_its_pings_and_is_stopped(engine: Engine, program: str, answer: str) -> None:
    given_up = pytest.raises(EndpointError, match=rf"(?s)was not healthy within 5 s.*: {answer} \(\d+ probes\)")
    with given_up, ServingContainer(engine(program), EMPTY, health_check_timeout=5):
        pass


def test_an_artefact_that_is_no_archive_is_named(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_text("no")
    with (
        pytest.raises(EmulatorError, match="not a whole"),
        ServingContainer(engine("good"), ModelSpecification("x", tmp_path / "model.tar.gz")),
    ):
        pass


def test_a_request_under_way_is_finished_when_the_endpoint_closes(engine: Engine) -> None:
    answers: list[bytes] = []
    lines: list[str] = []
    with ServingContainer(engine("echo"), EMPTY, lines.append) as endpoint:
        thread = threading.Thread(target=lambda: answers.append(endpoint.invoke(b"late").body))
        thread.start()
        until(lambda: any("4 bytes" in line for line in lines))
    thread.join(10)
    assert answers == [b"late"]


def test_an_error_inside_the_block_ends_the_container(engine: Engine) -> None:
    with pytest.raises(KeyboardInterrupt), ServingContainer(engine("echo"), EMPTY) as endpoint:
        raise KeyboardInterrupt
    assert not endpoint.running
