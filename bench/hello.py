"""The least a Flask application can do: `gunicorn bench.hello:app`, the ceiling that `bench.serving` compares with."""

from flask import Flask, request

app = Flask(__name__)


@app.get("/ping")
def ping() -> str:
    """Answer nothing."""
    return ""


@app.post("/invocations")
def invocations() -> str:
    """Read the body, answer a word."""
    request.get_data()
    return "hello"
