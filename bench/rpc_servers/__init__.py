"""The servers that are compared: the same ``add(a, b)`` and the same channel, each in its own manner."""
