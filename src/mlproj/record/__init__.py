"""The run record `run.json`: its values, and how they are written and read."""
