"""Nets that give a class to every pixel."""
