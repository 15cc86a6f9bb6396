"""What `launch.py try` and `local console` refuse before they serve a page; tests/driver/trying looks at the pages."""

import pytest

from driver import cli


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["no-such"], "no endpoint called no-such exists"),
        (["a", "b", "c"], "3 endpoints were given: the page compares 2"),
        (["a", "b c"], 'the endpoint cannot be called "b c"'),
    ],
)
def test_what_cannot_be_tried(launch, arguments, sentence):
    code, out, err = launch("try", *arguments)
    assert (code, out) == (1, "")
    assert sentence in err


def test_an_endpoint_that_does_not_answer(launch, scripted, capsys):
    scripted.ok(
        {
            "EndpointName": "slow",
            "EndpointArn": "arn:",
            "EndpointStatus": "Creating",
            "CreationTime": 1,
            "LastModifiedTime": 1,
        }
    )
    assert cli.main(["try", "slow", "--endpoint-url", scripted.url]) == 1
    assert "the endpoint slow is Creating and answers only once it is InService" in capsys.readouterr().err


def test_no_console_without_an_emulator(tmp_path, capsys):
    assert cli.main(["local", "console", "--state", str(tmp_path)]) == 1
    assert f"the emulator of {tmp_path} is not running: start it with `./launch.py local up" in capsys.readouterr().err
