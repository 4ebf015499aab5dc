"""experiments/search-datasets"""

from mlproj.errors import InvalidValueError
from mlproj.server.calls import Call, Endpoint
from mlproj.server.endpoints import wire
from mlproj.tracking.entities import DatasetSummary

MOST_EXPERIMENTS = 20


def search(call: Call) -> wire.Json:
    experiments = call.args.texts("experiment_ids")
    if not experiments:
        call.args.text("experiment_ids")  # says that it is missing
    if len(experiments) > MOST_EXPERIMENTS:
        raise InvalidValueError(f"At most {MOST_EXPERIMENTS} experiments can be searched at once.")
    found = call.store.search_datasets(experiments)
    return wire.filled({"dataset_summaries": [_summary(item) for item in found]})


def _summary(entity: DatasetSummary) -> wire.Json:
    return wire.filled(
        {
            "experiment_id": entity.experiment_id,
            "name": entity.name,
            "digest": entity.digest,
            "context": entity.context,
        }
    )


ENDPOINTS = (Endpoint("POST", "experiments/search-datasets", search),)
