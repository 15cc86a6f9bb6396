"""Word vectors and text classes under BlazingText's contract: trains, serves, and calls the first-party algorithm.

Takes BlazingText's hyperparameters and channels, writes its artefacts and its lines of log. Knows nothing of HTTP.
"""

IMAGE = "blazingtext-client"
