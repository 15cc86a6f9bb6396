import csv
import io
import json
from pathlib import Path

import pytest
from smcontract import media
from smcontract.httperrors import TooManyRecordsError
from smcontract.serving import memory
from smcontract.serving.memory import Limits

MIB = 1024 * 1024
LIMITS = Limits(held=0, body=0, answer=0, records=3, values=4, text=5)
FORMS = {
    "application/jsonlines": lambda n: b'{"text":"a"}\n' * n,
    "text/csv": lambda n: b"a\n" * n,
    "text/plain": lambda n: b"a\n" * n,
    "application/json": lambda n: json.dumps({"instances": ["a"] * n}, separators=(",", ":")).encode(),
}


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"a\nb\nc\nd\n", media.PLAIN),
        (b'"a"\n' * 4, media.JSON_LINES),
        (b"a,b\n" * 4, media.CSV),
        (b"[[],[],[]]", media.JSON),
        (b'[{"a":{"b":1}},{},{},{}]', media.JSON),
        (b"1:1 2:1 3:1 4:1 5:1", media.LIBSVM),
    ],
)
def test_what_would_become_too_many_objects(body, media_type):
    with pytest.raises(TooManyRecordsError, match="send at most 3 records per request"):
        LIMITS.check(body, media_type)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(b"a, b, c, d, e, [f], {g}\n" * 3, media.PLAIN), (b'["a","b"]', media.JSON), (b'\n\n\n\n\n"a"', media.JSON)],
)
def test_what_is_few_objects(body, media_type):
    LIMITS.check(body, media_type)
    assert LIMITS.check_records(["a", "b", "c"], 9) == ["a", "b", "c"]


def test_a_text_that_is_too_long_is_an_error_in_its_place(client):
    [short, long] = LIMITS.check_records(["short", ["long", "er"]], 20)
    assert short == "short"
    assert str(long).startswith("it has 6 characters, and this server has memory for 5 in one record")
    tight = {"memory_mib": 64}
    for batch, status in ((False, 400), (True, 200)):
        answer = client(batch=batch, **tight).post(
            "/invocations", data="a\n" + "a" * 500_000, headers={"Content-Type": "text/plain"}
        )
        assert (answer.status_code, b"it has 500000 characters" in answer.data) == (status, True)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 2000 * 1024),
        ({"memory.max": "max\n", "memory.stat": "anon 5\n"}, 2000 * 1024),
        ({"memory.max": "1000000\n", "memory.stat": "anon 400000\nfile 500000\n"}, 600_000),
        ({"memory/memory.limit_in_bytes": "1000000\n", "memory/memory.stat": "cache 1\ntotal_rss 400000\n"}, 600_000),
        ({"memory.max": "10\n", "memory.stat": "anon 400000\n"}, 0),
    ],
)
def test_what_is_available(tmp_path, files, expected):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  9000 kB\nMemAvailable:   2000 kB\nHugePages_Total:       0\n")
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert memory.available(tmp_path, meminfo) == expected


def test_this_machine_has_memory():
    assert memory.available() > 0


def peak(pid):
    """The most memory that a process has had, in bytes."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


def test_records_of_one_letter_are_answered_or_refused_with_the_number_allowed(serve):
    """2 and 8 MB of them, in every form, in as much memory as a container of 1 GB has for one of two workers."""
    server = serve(SAGEMAKER_MODEL_SERVER_MEMORY_IN_MB="400").ready()
    [worker] = server.workers()
    before = peak(worker)
    for media_type, form in FORMS.items():
        for size in (2 * MIB, 8 * MIB):
            status, body = server.ask("POST", "/invocations", form(size // len(form(1))), Content_Type=media_type)
            assert status == (200 if size // len(form(1)) <= 174_762 else 413)
            assert (b"send at most 174762 records per request" in body) == (status == 413)
        status, body = server.ask("POST", "/invocations", form(174_000), Content_Type=media_type)
        assert status == 200
        assert body.count(b"1.0") == 174_000
    assert peak(worker) - before < 200 * MIB
    assert server.workers() == [worker]


@pytest.mark.parametrize(
    ("accept", "read"),
    [
        ("application/json", lambda body: [answer["score"] for answer in json.loads(body)["predictions"]]),
        ("application/jsonlines", lambda body: [json.loads(line)["score"] for line in body.splitlines()]),
        ("text/csv", lambda body: [float(row[0]) for row in csv.reader(io.StringIO(body.decode()))]),
    ],
)
@pytest.mark.parametrize("n", [0, 1, 999, 1000, 1001, 2500])
def test_slices_make_one_answer(client, accept, read, n):
    texts = ["a" * (number % 7) + "1" * 3 for number in range(n)]
    body = json.dumps({"instances": texts})
    answer = client().post("/invocations", data=body, headers={"Content-Type": "application/json", "Accept": accept})
    assert answer.status_code == 200
    assert read(answer.data) == [text.count("a") / len(text) for text in texts]


def test_a_bad_record_of_a_later_slice_is_named(client):
    answer = client().post("/invocations", data="a\n" * 2200 + "\n", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json["error"][:12]) == (400, "record 2201:")


def test_an_answer_that_is_too_large_names_how_many_fit(serve):
    server = serve("obeys:ObedientHandler", SAGEMAKER_MODEL_SERVER_MEMORY_IN_MB="64").ready()  # answers of 4 MiB
    assert server.predict("large 1000000\n" * 4)[0] == 200
    status, body = server.predict("large 1000000\n" * 200)
    assert (status, b"the answer has more than 4194304 bytes" in body) == (413, True)
    assert b"send at most 4 records per request" in body
