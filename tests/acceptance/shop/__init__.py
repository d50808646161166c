"""A Django app whose tasks do well, take their time, and fail."""
