"""Objects with ``owner="process"``: they live in one process, to which all others forward their calls."""
