"""Runs that come from elsewhere, and go there: stores of MLflow, other servers, files."""
