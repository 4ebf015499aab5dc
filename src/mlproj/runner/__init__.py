"""One run from request to record: launch, supervise, follow, cancel."""
