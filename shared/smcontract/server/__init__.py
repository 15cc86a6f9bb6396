"""The `serve` program: gunicorn's master and a worker that reads whole requests."""
