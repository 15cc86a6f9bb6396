"""A client of Amazon's own BlazingText: prepares a corpus, asks for the training job, fetches what it made.

`python3 -m blazingtext_client.client --help` shows its commands. It trains nothing itself and hosts nothing.
"""
