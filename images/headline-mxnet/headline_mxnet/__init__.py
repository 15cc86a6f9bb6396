"""News-headline categories with MXNet: trains and serves under SageMaker's container contracts.

Reads raw headlines, or arrays of word ids. Knows nothing of HTTP or of /opt/ml paths.
"""

IMAGE = "headline-mxnet"
