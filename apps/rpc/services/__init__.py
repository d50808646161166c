"""What is done with served objects: one verb a file."""
