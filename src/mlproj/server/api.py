"""All of the API that speaks JSON: what `app` serves and `openapi` describes."""

from mlproj.server.endpoints import (
    artifacts,
    datasets,
    experiments,
    history,
    logged_models,
    metrics,
    registry,
    registry_versions,
    runs,
)
from mlproj.server.pages import causes as page_causes
from mlproj.server.pages import curves as page_curves
from mlproj.server.pages import rows as page_rows

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
