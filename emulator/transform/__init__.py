"""Batch transform jobs: their operations, one job from S3 to S3, and the contract on folders."""
