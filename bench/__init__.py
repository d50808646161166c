"""Measurements against the programs that came before; ``make bench``."""
