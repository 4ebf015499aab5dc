"""The tracking store: experiments, runs, metrics, artifacts."""
