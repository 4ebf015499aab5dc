"""All of the API that speaks JSON: what `app` serves and `openapi` describes."""

from mlproj.server import (
    artifacts,
    datasets,
    experiments,
    history,
    logged_models,
    metrics,
    page_causes,
    page_curves,
    page_rows,
    registry,
    registry_versions,
    runs,
)

API = (
    *experiments.ENDPOINTS,
    *datasets.ENDPOINTS,
    *runs.ENDPOINTS,
    *metrics.ENDPOINTS,
    *history.ENDPOINTS,
    *artifacts.ENDPOINTS,
    *logged_models.ENDPOINTS,
    *registry.ENDPOINTS,
    *registry_versions.ENDPOINTS,
)
OWN = (*registry_versions.OWN, *page_rows.ENDPOINTS, *page_curves.ENDPOINTS, *page_causes.ENDPOINTS)
"""What MLflow's API does not have, at /api/mlproj."""
