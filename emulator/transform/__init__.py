"""Batch transform jobs: their operations, what a request may say, one job from S3 to S3, the contract on folders."""
