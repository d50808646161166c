"""What the shared ground can do; one verb a file."""
