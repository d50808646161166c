"""What dispatch does, one verb a file."""
