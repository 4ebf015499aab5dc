"""Who may ask, from where, as whom."""
