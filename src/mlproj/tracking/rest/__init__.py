"""The tracking store behind MLflow's REST API: our server or a genuine one."""

from mlproj.tracking.rest.store import RestStore, open_rest

__all__ = ["RestStore", "open_rest"]
