"""The site that is measured."""
