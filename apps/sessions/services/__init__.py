"""What edges of sessions call."""
