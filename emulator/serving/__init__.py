"""Containers that serve: one, the instances of an endpoint, and how they are asked."""
