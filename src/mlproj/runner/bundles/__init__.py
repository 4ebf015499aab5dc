"""Runs as files that go elsewhere."""
