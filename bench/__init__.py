"""Figures against named references: how fast, how accurate, how big."""
