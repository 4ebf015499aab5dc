"""Environments: specification -> lock -> ready environment, and the cache of them."""
