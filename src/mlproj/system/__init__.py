"""Processes, locks, atomic files, facts of this machine. Knows nothing of machine learning."""
