"""What runs in containers need from this machine."""
