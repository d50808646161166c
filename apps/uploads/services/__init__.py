"""What uploads do, one verb a file."""
