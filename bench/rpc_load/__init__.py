"""The process that calls, listens and counts: one for each measurement, so that the server has a core."""
