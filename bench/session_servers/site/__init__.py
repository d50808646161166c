"""What smallweb serves."""
