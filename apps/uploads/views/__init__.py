"""The addresses of uploads: requests in, answers out."""
