"""A Django app that hosts apps, for sites that people look at."""
