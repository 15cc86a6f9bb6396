import pytest

from driver import cli


@pytest.fixture
def stop(scripted, capsys):
    def run(*flags):
        code = cli.main(["stop", "reviews", "--kind", "training-job", *flags, "--endpoint-url", scripted.url])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def described(status):
    return {"TrainingJobName": "reviews", "TrainingJobStatus": status, "SecondaryStatus": status}


def test_it_waits_for_the_end(stop, scripted):
    scripted.ok(described("InProgress"))
    scripted.answers.append((200, "", {}))
    scripted.ok(described("Stopping"))
    scripted.ok({"logStreams": []})
    scripted.ok(described("Stopped"))
    scripted.ok({"logStreams": []})
    code, out, _ = stop()
    assert code == 0
    assert out.splitlines()[-1] == "the training job reviews is Stopped"
    assert scripted.seen[1][2] == "StopTrainingJob"


def test_it_need_not_wait(stop, scripted):
    scripted.ok(described("InProgress"))
    scripted.answers.append((200, "", {}))
    scripted.ok(described("Stopping"))
    assert stop("--no-wait") == (0, "the training job reviews is Stopping\n", "")


def test_what_has_ended_is_not_stopped(stop, scripted):
    scripted.ok(described("Completed"))
    assert stop() == (1, "", "launch.py: the training job reviews is already Completed\n")
    assert len(scripted.seen) == 1
