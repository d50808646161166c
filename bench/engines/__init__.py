"""The task engines that are compared, each set up as its own manual says."""
