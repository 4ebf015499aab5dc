"""Past runs again: reproduction, reuse, causes."""
