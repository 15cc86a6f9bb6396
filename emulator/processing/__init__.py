"""Processing jobs: their operations, what a request may say, /opt/ml/processing, and one job from S3 to S3."""
