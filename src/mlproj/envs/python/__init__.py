"""Virtual environments of Python packages, with uv or pip."""
