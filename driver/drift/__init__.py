"""Requests in production compared with the data that their model was trained on."""
