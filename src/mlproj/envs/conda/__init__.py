"""Conda environments, with py-rattler or a program that is installed."""
