"""What would not reproduce, and its repair."""
