"""Flags that several commands share, and the configuration file that may stand for them."""
