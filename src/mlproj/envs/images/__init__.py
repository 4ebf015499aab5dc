"""Images as environments: named, locked by digest, pulled, built."""
