"""The site whose objects and channels smallweb serves."""
