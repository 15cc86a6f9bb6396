"""Hyperparameter tuning jobs: their operations, what a request may say, one job, and ranges of hyperparameters."""
