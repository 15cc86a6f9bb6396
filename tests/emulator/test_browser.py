"""A hostile web page in a real browser: it can have nothing done by the emulator, and read nothing from it."""

import base64
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.running import RunningEmulator

PAGE = Path(__file__).resolve().parents[1] / "fixtures" / "pages" / "hostile.html"
SECONDS = 180
IMAGE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
KEPT = {
    "kept": (b"a secret", "text/plain"),
    "image.png": (IMAGE, "image/png"),
    "script.js": (b"window.leaked = 'read by a script tag'", "text/javascript"),
}


class Site(ThreadingHTTPServer):
    """Serves the page; `worked` is what the page says has worked, set when `done` is."""

    def __init__(self, page: str):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.page = page
        self.worked: list[str] = []
        self.done = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self._answer("own" if self.path == "/own" else self.server.page)

    def do_POST(self) -> None:
        self.server.worked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer("")
        self.server.done.set()

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(page: str) -> Iterator[Site]:
    with Site(page) as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield site
        site.shutdown()
        thread.join()


def look_at(site: Site, host: str, profile: Path) -> list[str]:
    """Open the page in a browser for which the host is this machine, and return what the page says has worked."""
    command = [
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
        "--host-resolver-rules=MAP evil.example 127.0.0.1",
        "--disable-features=LocalNetworkAccessChecks",  # the browser's own protection, which asks whoever looks
        f"http://{host}:{site.server_address[1]}/",
    ]  # fmt: skip
    with (profile.parent / "chromium.log").open("wb") as log:
        browser = subprocess.Popen(command, start_new_session=True, stdout=log, stderr=log)
        try:
            assert site.done.wait(SECONDS), (profile.parent / "chromium.log").read_text()
        finally:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()
    return site.worked


@pytest.mark.browser
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1"])
@pytest.mark.parametrize("arguments", [(), ("--open",)], ids=["key", "open"])
def test_a_web_page_can_do_nothing(
    servers: Callable[..., RunningEmulator], tmp_path: Path, host: str, arguments: tuple[str, ...]
) -> None:
    running = servers("--engine", "process", *arguments)
    s3 = running.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key, (content, kind) in KEPT.items():
        s3.put_object(Bucket="bucket", Key=key, Body=content, ContentType=kind)
    rules = [{"AllowedMethods": ["GET", "PUT", "POST"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}]
    s3.put_bucket_cors(Bucket="bucket", CORSConfiguration={"CORSRules": rules})
    job = {
        "TrainingJobName": "evil",
        "AlgorithmSpecification": {
            "TrainingImage": "xgboost-sentiment:dev",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "-c", f"touch {tmp_path}/commanded"],
        },
        "RoleArn": "arn:aws:iam::123456789012:role/emulator",
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    page = PAGE.read_text()
    page = page.replace("= EMULATOR", f"= {json.dumps(running.endpoint_url)}")
    page = page.replace("= JOB", f"= {json.dumps(json.dumps(job))}")
    with serving(page) as site:
        worked = look_at(site, host, tmp_path / "profile")
    assert worked == ["this page's own server: own"]
    assert running.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []
    assert not (tmp_path / "commanded").exists()
    found = [each["Key"] for each in s3.list_objects_v2(Bucket="bucket")["Contents"]]
    assert {key: s3.get_object(Bucket="bucket", Key=key)["Body"].read() for key in found} == {
        key: content for key, (content, _) in KEPT.items()
    }
    assert running.client("iam").list_users()["Users"] == []
