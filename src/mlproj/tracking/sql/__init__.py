"""The tracking store in a database that speaks SQL."""
