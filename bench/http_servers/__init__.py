"""The servers that are compared: a greeting, JSON sent back and a typed sum, each in its own manner."""
