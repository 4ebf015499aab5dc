"""The page, and what it asks for beside the public API of MLflow."""
