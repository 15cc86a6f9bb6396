"""The key of the emulator that a command talks to: whose it is, and what is said when there is none."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from driver import cli, emulator
from driver.aws import keys
from driver.aws.keys import ANY, Key
from driver.errors import DriverError


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a running emulator."""
    folder = tmp_path_factory.mktemp("emulator") / "state"
    emulator.ensure_up(folder, 0, "process", lambda _: None)
    yield folder
    emulator.down(folder)


def url_of(state: Path) -> str:
    return str(json.loads((state / "server.json").read_text())["endpoint_url"])


def test_the_key_of_the_state_folder_is_used_by_itself(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "--json", "--state", str(state)]) == 0
    assert json.loads(capsys.readouterr().out) == []
    for url in (url_of(state), url_of(state).replace("127.0.0.1", "localhost") + "/"):
        assert emulator.key(url, state) == keys.read(state)


def test_an_exported_key_is_used_for_the_address_it_was_exported_with(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = keys.read(state)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url_of(state))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", own.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", own.secret)
    assert cli.main(["list", "--json", "--state", str(tmp_path / "none")]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert emulator.key("http://127.0.0.1:9", tmp_path) == ANY
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert keys.from_environment(url_of(state)) == Key(own.id, own.secret, "token")


def test_another_key_is_refused_with_what_to_do(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url_of(state))
    assert cli.main(["list", "--state", str(tmp_path / "none")]) == 1
    said = capsys.readouterr().err
    assert (
        "the emulator rejected the credentials (UnrecognizedClientException): The emulator does not know the access key"
        in said
    )
    assert "`./launch.py local env` prints" in said


def test_no_key_at_all(state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = url_of(state)
    assert cli.main(["list", "--endpoint-url", url, "--state", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err == (
        f"launch.py: the emulator at {url} requires its key: name its state folder with --state, or export the key "
        'with `eval "$(./launch.py local env --state ...)"`\n'
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "the key .* does not exist: the emulator creates it when it starts"),
        ("{}", "does not hold an access key: stop the emulator, remove the file"),
        ("[", "does not hold an access key: stop the emulator, remove the file"),
    ],
)
def test_a_folder_without_a_key(tmp_path: Path, text: str | None, sentence: str) -> None:
    if text is not None:
        (tmp_path / keys.FILE).write_text(text)
    with pytest.raises(DriverError, match=sentence):
        keys.read(tmp_path)
    assert emulator.read_status(tmp_path) is None


def test_a_secret_is_not_shown() -> None:
    assert "secret" not in repr(Key("AKIA", "secret", "secret"))


def test_an_open_emulator_says_so_in_capitals_and_takes_any_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    try:
        assert cli.main(["local", "up", "--open", "--port", "0", "--engine", "process", "--state", str(state)]) == 0
        said = capsys.readouterr().out
        assert "WARNING: ANY CREDENTIALS ARE ACCEPTED, SO EVERY USER OF THIS MACHINE CAN RUN COMMANDS AS YOU\n" in said
        assert "WARNING: ANY CREDENTIALS ARE ACCEPTED" in (state / emulator.LOG).read_text()
        elsewhere = str(tmp_path / "none")
        assert cli.main(["list", "--json", "--endpoint-url", url_of(state), "--state", elsewhere]) == 0
    finally:
        emulator.down(state)


def test_one_that_runs_closed_is_not_opened(state: Path) -> None:
    with pytest.raises(
        DriverError, match=r"is already running .* and not open: use it as it is, or stop it first with"
    ):
        emulator.ensure_up(state, is_open=True)
