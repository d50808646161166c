"""Servers that take files, for ``bench.uploads``."""
