"""Batch transform of a person's own files: rows to requests, answers to rows again."""
