"""The REST API over a store, and the embedded server of a running job."""
