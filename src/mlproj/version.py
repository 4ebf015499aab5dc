"""The version of this program; pyproject.toml has the same (reading the installed metadata takes 46 ms)."""

VERSION = "0.1.0"
