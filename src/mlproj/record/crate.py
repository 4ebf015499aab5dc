"""A run as an RO-Crate: `ro-crate-metadata.json` after the Process Run Crate profile, version 0.5. Pure.

https://www.researchobject.org/workflow-run-crate/profiles/process_run_crate
"""

import mimetypes
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from mlproj.record.values import FileFact, RunRecord

METADATA = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}]
LICENSES = "https://spdx.org/licenses/"
_HOLDS = "code, lock, parameters, inputs and outputs"
Entity = dict[str, Any]


def crate(
    record: RunRecord, *, files: Mapping[str, int], version: str, user: str | None, license_id: str | None = None
) -> Entity:
    """The metadata of a bundle with these files (path in the bundle, quoted as in a URL -> size in bytes).

    Outputs are looked for below `mlproj/outputs/`, inputs below `mlproj/inputs/`; those that are not in the bundle are
    described by their hash.
    """
    inputs = [_file(file, files, "mlproj/inputs/") for one in record.inputs.values() for file in one.files]
    outputs = [_file(file, files, "mlproj/outputs/") for one in record.outputs.values() for file in one.files]
    told = {entity["@id"] for entity in (*inputs, *outputs)}
    others = [_plain_file(path, size) for path, size in sorted(files.items()) if path not in told]
    parameters = [_parameter(name, item.value) for name, item in record.parameters.items()]
    agent = {"@id": "#user", "@type": "Person", "name": user or "unknown"}
    parts = [*others, *(entity for entity in (*inputs, *outputs) if entity["@id"] in files)]
    entities = [
        _descriptor(),
        _root(record, parts, license_id, agent, packages=_packages(record, files)),
        _license(license_id),
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        _application(record),
        _engine(version),
        _action(record, [*inputs, *parameters], outputs, agent),
        agent,
        *inputs,
        *outputs,
        *others,
        *parameters,
    ]
    return {"@context": CONTEXT, "@graph": list({entity["@id"]: entity for entity in entities}.values())}


def _descriptor() -> Entity:
    return {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }


def _packages(record: RunRecord, files: Iterable[str]) -> str:
    """For whom the files of packages are, if there are any: they are of one platform, and of one Python."""
    environment = record.environment
    if environment is None or not any(path.startswith(("mlproj/wheels/", "mlproj/conda/")) for path in files):
        return ""
    python = f" and Python {environment.python}" if environment.python else ""
    return f", and its packages' files for {environment.platform}{python}"


def _root(
    record: RunRecord, parts: Iterable[Entity], license_id: str | None, agent: Entity, *, packages: str
) -> Entity:
    name = f"Run {record.run_id[:8]} of {record.project or record.source.uri}"
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": name,
        "description": f"{name}, entry point {record.entry_point}: {_HOLDS}{packages}",
        "datePublished": _time(record.ended or record.started or 0),
        "license": {"@id": _license(license_id)["@id"]},
        "author": {"@id": agent["@id"]},
        "conformsTo": {"@id": PROFILE},
        "hasPart": _references(parts),
        "mentions": {"@id": f"#{record.run_id}"},
    }


def _license(license_id: str | None) -> Entity:
    if license_id:
        return {"@id": f"{LICENSES}{license_id}", "@type": "CreativeWork", "name": license_id}
    return {"@id": "#license", "@type": "CreativeWork", "name": "No license is declared"}


def _application(record: RunRecord) -> Entity:
    source = record.source
    entity = {
        "@id": "#application",
        "@type": "SoftwareApplication",
        "name": f"{record.project or 'project'}: {record.entry_point}",
        "version": source.commit or source.tree_hash or source.digest or "unknown",
    }
    if source.repository or source.uri.startswith(("http://", "https://")):
        entity["url"] = source.repository or source.uri
    return entity


def _engine(version: str) -> Entity:
    return {"@id": "#mlproj", "@type": "SoftwareApplication", "name": "mlproj", "version": version}


def _action(record: RunRecord, objects: list[Entity], results: list[Entity], agent: Entity) -> Entity:
    failed = record.exit_code != 0
    action = {
        "@id": f"#{record.run_id}",
        "@type": "CreateAction",
        "name": f"Run {record.run_id}",
        "description": record.command or record.entry_point,
        "instrument": {"@id": "#application"},
        "agent": {"@id": agent["@id"]},
        "startTime": _time(record.started or 0),
        "endTime": _time(record.ended or record.started or 0),
        "actionStatus": f"http://schema.org/{'Failed' if failed else 'Completed'}ActionStatus",
        "object": _references(objects),
        "result": _references(results),
    }
    if failed:
        action["error"] = f"exit code {record.exit_code}: {record.end_reason}"
    return action


def _file(file: FileFact, files: Mapping[str, int], folder: str) -> Entity:
    path = _quoted(folder + file.path.lstrip("/"))
    return {
        "@id": path if path in files else f"#{folder.split('/')[1]}/{_quoted(file.path)}",
        "@type": "File" if path in files else "CreativeWork",
        "name": file.path,
        "contentSize": str(file.size),
        "sha256": file.sha256,
        "encodingFormat": _media_type(file.path),
    }


def _plain_file(path: str, size: int) -> Entity:
    return {
        "@id": path,
        "@type": "File",
        "name": unquote(path),
        "contentSize": str(size),
        "encodingFormat": _media_type(path),
    }


def _parameter(name: str, value: str | None) -> Entity:
    return {
        "@id": f"#parameter/{_quoted(name)}",
        "@type": "PropertyValue",
        "name": name,
        "value": "[secret]" if value is None else value,
    }


def _quoted(path: str) -> str:
    """A path as in a URL; names of files need not be text."""
    return quote(path, errors="surrogateescape")


def _references(entities: Iterable[Entity]) -> Entity | list[Entity]:
    """One stands alone: RO-Crate asks for no lists of one."""
    found = [{"@id": entity["@id"]} for entity in entities]
    return found[0] if len(found) == 1 else found


def _media_type(path: str) -> str:
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).isoformat(timespec="seconds")
