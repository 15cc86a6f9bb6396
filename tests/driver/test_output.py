import json
from datetime import UTC, datetime

from driver.output import Output, as_json, as_lines, table


def test_json_alone_is_on_standard_output(capsys):
    output = Output(True)
    output.say("on the way")
    output.result(
        {"ResponseMetadata": {}, "Time": datetime(2026, 11, 25, tzinfo=UTC), "Body": b"caf\xc3\xa9"}, ["lines"]
    )
    captured = capsys.readouterr()
    assert captured.err == "on the way\n"
    assert json.loads(captured.out) == {"Time": "2026-11-25T00:00:00+00:00", "Body": "café"}


def test_lines_for_people(capsys):
    output = Output()
    output.say("on the way")
    output.result({"a": 1}, ["one", "two"])
    assert capsys.readouterr().out == "on the way\none\ntwo\n"


def test_json_is_indented():
    assert as_json([{"a": "é"}]) == '[\n  {\n    "a": "é"\n  }\n]'


def test_a_text_of_several_lines_stays_below_its_key_and_in_its_cell():
    assert as_lines({"Reason": "a\nStatus: b"}, 1) == ["  Reason: a", "          Status: b"]
    assert as_lines(["a\nb"]) == ["- a", "  b"]
    assert table(["NAME", "STATUS"], [["a\nb", "c"]]) == ["NAME  STATUS", "a b   c"]
