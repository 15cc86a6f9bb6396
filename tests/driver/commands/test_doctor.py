"""`launch.py doctor`: what it prints, and its exit codes. What it looks at is shown in tests/driver/checks."""

import json

from driver import cli


def test_what_is_missing_decides_the_exit_code(moto, capsys):
    arguments = ["doctor", "--aws", "--region", "eu-west-1", "--endpoint-url", moto, "--json"]
    assert cli.main(arguments) == 1
    found = json.loads(capsys.readouterr().out)
    missing = [check["name"] for check in found["checks"] if check["status"] == "missing"]
    assert "role" in missing
    assert found["missing"] == len(missing)


def test_this_machine_runs_these_tests_so_it_can_run_jobs(capsys, tmp_path):
    assert cli.main(["doctor", "--state", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["CHECK", "FOUND"]
    assert lines[1].split()[:2] == ["ok", "Python"]
    assert lines[-1].startswith("0 missing, ")
    assert lines[-1].endswith("; add --aws to check your AWS account too")
