"""The command line: one module for each command; parses and prints, nothing else."""
