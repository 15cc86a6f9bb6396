"""What images/manifest.py prints of a registry's words; push/test_manifest.py tries it with real registries."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

HOSTILE = "application/\x1b]0,title\x07\x9b2j\xe9"


class Registry(BaseHTTPRequestHandler):
    """Answers with the body of the server, under a hostile media type."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", HOSTILE)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(("body", "code"), [(b"{}", 0), (b"not JSON", 1)])
def test_a_registry_does_not_control_the_terminal(body, code, repository, tmp_path):
    with HTTPServer(("127.0.0.1", 0), Registry) as server:
        server.body = body
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        command = [sys.executable, repository / "images/manifest.py", f"127.0.0.1:{server.server_port}/a", "tag"]
        environment = {"DOCKER_CONFIG": str(tmp_path), "PYTHONIOENCODING": "ascii"}
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
        thread.join()
    said = done.stderr if code else done.stdout
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False)
    assert rb"application/\x1b]0,title\x07\x9b2j\xe9" in said
    assert said.isascii()
    assert b"\x1b" not in said
