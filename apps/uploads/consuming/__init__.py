"""The process of a consumer."""
