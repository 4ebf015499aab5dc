"""The state of a working tree, kept with a run and made again."""
