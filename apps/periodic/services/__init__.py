"""What can be done with pages, jobs and runs; one verb a file."""
