"""The ground that the apps of the suite stand on; no feature of its own."""
