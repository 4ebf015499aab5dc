"""When a run need not be computed again: everything that its results depend on, as one key. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from mlproj.record.values import EnvironmentRecord, RunRecord

MASK = "[secret]"
"""What stands in a record for a value that it must not have."""
PARTS = (
    "project",
    "entry point",
    "parameters",
    "arguments",
    "code",
    "interpreter",
    "environment",
    "inputs",
    "variables",
    "seed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseKey:
    """The parts in the order of PARTS, each as a short hash; `hash` is over all of them."""

    parts: Mapping[str, str]

    @property
    def hash(self) -> str:
        return _hash(dict(self.parts))

    def to_tag(self) -> str:
        """As the text of a tag."""
        return json.dumps(dict(self.parts))

    def first_difference(self, other: "ReuseKey") -> str | None:
        """The first part in which two keys differ; None if they are one."""
        return next((name for name in PARTS if self.parts.get(name) != other.parts.get(name)), None)

    def agreement(self, other: "ReuseKey") -> int:
        """In how many parts two keys agree."""
        return sum(self.parts.get(name) == other.parts.get(name) for name in PARTS)


def from_tag(text: str) -> ReuseKey | None:
    """What `to_tag` wrote; None for anything else."""
    try:
        parts = json.loads(text)
    except ValueError:
        return None
    return ReuseKey(parts={str(name): str(part) for name, part in parts.items()}) if isinstance(parts, dict) else None


def missing_part(record: RunRecord) -> str | None:
    """Why a run has no key: something that it depends on is not known, so that it must never be reused."""
    known = record.secret_digests
    secret = next(
        (n for n, it in record.parameters.items() if it.value is None and f"parameters.{n}" not in known), None
    )
    hidden = next(
        (n for n, it in record.variables.items() if MASK in (it or "") and f"variables.{n}" not in known), None
    )
    if record.source.tree_hash is None:
        return "the code could not be hashed"
    if secret is not None or any(MASK in word for word in record.arguments):
        return f"the value of the secret {secret or 'argument'} is not kept"
    if hidden is not None:
        return f"the value of the variable {hidden} is a secret and is not kept"
    if record.environment is not None and record.environment.manager == "local":
        return (
            "the command runs in your own environment, which can change without a trace"
            " (declare python_env, or leave --env-manager local out, to have one that is locked)"
        )
    if record.environment is None or _locked(record.environment) is None:
        return "the environment is not locked"
    return None


def reuse_key(record: RunRecord) -> ReuseKey | None:
    """The key of a run. None where something that it depends on is not known: `missing_part` says what."""
    source, environment, digests = record.source, record.environment, record.secret_digests
    if missing_part(record) is not None or environment is None:
        return None
    values: dict[str, object] = {
        "project": [record.project, source.subdirectory],
        "entry point": record.entry_point,
        "parameters": {
            name: [item.value, item.declared, digests.get(f"parameters.{name}")]
            for name, item in record.parameters.items()
        },
        "arguments": list(record.arguments),
        "code": [source.tree_hash, dict(source.submodules)],
        "environment": _locked(environment),
        "inputs": {name: [item.sha256, [asdict(file) for file in item.files]] for name, item in record.inputs.items()},
        "variables": {name: [value, digests.get(f"variables.{name}")] for name, value in record.variables.items()},
        "seed": [record.seed, dict(record.seed_variables)],
        "interpreter": environment.python,
    }
    return ReuseKey(parts={name: _hash(values[name])[:16] for name in PARTS})


def _locked(environment: EnvironmentRecord) -> list[str] | None:
    if environment.image is not None:
        return [environment.manager, environment.image.id]
    if environment.lock_hash is None:
        return None
    return [environment.manager, environment.lock_hash, environment.key or ""]


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
