"""A Django app that serves objects of every kind."""
