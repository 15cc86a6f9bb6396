"""Data to try the images with: where they come from, how to read them, and how the images' channels take them.

Needs the standard library alone.
"""
