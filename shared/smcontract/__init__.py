"""SageMaker's container contract, train and serve; knows nothing of any model library."""
