"""What smallweb's server of the benchmark answers."""
