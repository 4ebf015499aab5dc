"""Code from git repositories."""
