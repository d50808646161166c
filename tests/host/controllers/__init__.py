"""The controllers of the tests."""
