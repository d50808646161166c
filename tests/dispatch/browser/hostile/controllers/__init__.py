"""One controller."""
