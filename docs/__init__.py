"""The documentation's tables, made from code."""
