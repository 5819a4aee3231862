"""Classifiers by family."""
