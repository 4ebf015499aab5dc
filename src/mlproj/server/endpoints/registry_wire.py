"""Registered models and their versions as JSON."""

from mlproj.server.endpoints.wire import Json, filled, metric, pairs
from mlproj.tracking.entities import ModelVersion, RegisteredModel, VersionChange


def registered_model(entity: RegisteredModel) -> Json:
    fields = {
        "name": entity.name,
        "creation_timestamp": entity.creation_timestamp,
        "last_updated_timestamp": entity.last_updated_timestamp,
        "description": entity.description,
        "latest_versions": [model_version(version) for version in entity.latest_versions],
        "tags": pairs(entity.tags),
        "aliases": [{"alias": alias, "version": str(version)} for alias, version in entity.aliases.items()],
    }
    return filled(fields)


def model_version(entity: ModelVersion) -> Json:
    fields = filled(
        {
            "name": entity.name,
            "version": str(entity.version),
            "creation_timestamp": entity.creation_timestamp,
            "last_updated_timestamp": entity.last_updated_timestamp,
            "user_id": entity.user_id,
            "current_stage": str(entity.stage),
            "source": entity.source,
            "run_id": entity.run_id,
            "status": "READY",
            "model_id": entity.model_id,
            "tags": pairs(entity.tags),
            "aliases": list(entity.aliases),
            "model_params": [{"name": key, "value": value} for key, value in entity.params.items()],
            "model_metrics": [metric(point) for point in entity.metrics],
        }
    )
    return {**fields, "description": entity.description, "run_link": entity.run_link}


def version_change(entity: VersionChange) -> Json:
    return filled(
        {
            "timestamp": entity.timestamp,
            "user_id": entity.user_id,
            "action": entity.action,
            "detail": entity.detail,
        }
    )
