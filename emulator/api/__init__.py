"""SageMaker's API as a protocol: requests checked against botocore's service models, errors in AWS's form."""
