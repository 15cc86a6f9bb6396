"""Hyperparameter tuning jobs: their operations, one job with its trials, and the ranges that trials are drawn from."""
