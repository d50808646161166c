"""A site whose handlers leave work to consumers."""
