"""The site that is measured: its jobs and pages come from the environment."""
