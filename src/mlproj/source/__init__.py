"""The code: a URI and a version -> a checkout."""
