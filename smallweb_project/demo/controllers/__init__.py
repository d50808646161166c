"""What answers at URLs of the demo: the folders and files here are the paths."""
