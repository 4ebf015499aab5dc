"""MLflow's API, endpoint by endpoint."""
