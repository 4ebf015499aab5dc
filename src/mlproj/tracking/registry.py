"""What the model registry takes: names, aliases, stages, versions, and what can be searched. Pure."""

import posixpath
import re
from collections.abc import Mapping, Sequence

from mlproj.errors import InvalidValueError
from mlproj.tracking.entities import Stage
from mlproj.tracking.filters import Comparison, Entity, Grammar
from mlproj.tracking.validation import check_key, check_length, check_text

MAX_NAME = 256
MAX_ALIAS = 255
MAX_TAG = 100_000
PROMPT_TAG = "mlflow.prompt.is_prompt"
ARCHIVING = frozenset({Stage.STAGING, Stage.PRODUCTION})

_ALIAS = re.compile(r"[\w-]+")
_RESERVED = re.compile(r"latest|v\d+", re.IGNORECASE)
_VERSION = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_STAGES = {stage.value.lower(): stage for stage in Stage}
_ENTITIES = {
    **dict.fromkeys(("tag", "tags"), Entity.TAG),
    **dict.fromkeys(("attribute", "attributes", "attr"), Entity.ATTRIBUTE),
}
_NO_KEYS: frozenset[Entity] = frozenset()

MODELS = Grammar(
    entities=_ENTITIES,
    attributes={"name": "name"},
    numbers={},
    listed=frozenset({(Entity.ATTRIBUTE, "name")}),
    nullable=_NO_KEYS,
)
VERSIONS = Grammar(
    entities=_ENTITIES,
    attributes={"name": "name", "run_id": "run_id", "source_path": "source"},
    numbers={"version_number": "version"},
    listed=frozenset({(Entity.ATTRIBUTE, "name"), (Entity.ATTRIBUTE, "run_id")}),
    nullable=_NO_KEYS,
)
_TIMES = {
    "timestamp": "last_updated_timestamp",
    "last_updated_timestamp": "last_updated_timestamp",
    "creation_timestamp": "creation_timestamp",
}
_PLAIN = {"attribute": Entity.ATTRIBUTE, "attributes": Entity.ATTRIBUTE}
MODEL_ORDER = Grammar(entities=_PLAIN, attributes={"name": "name"}, numbers=_TIMES)
VERSION_ORDER = Grammar(
    entities=_PLAIN,
    attributes={"name": "name"},
    numbers={
        "version_number": "version",
        **{name: column for name, column in _TIMES.items() if name != "timestamp"},
    },
)


def check_name(name: str) -> str:
    """The name of a registered model."""
    text = check_length(check_text(name, "the name of a registered model"), MAX_NAME, "the name of a registered model")
    if not text.strip():
        raise InvalidValueError("Registered model name cannot be empty.")
    if "/" in text or ":" in text or posixpath.normpath(text) != text or text in {".", ".."}:
        raise InvalidValueError(f"Invalid model name: '{text}'", hint="it must not hold a slash or a colon")
    return text


def check_alias(alias: str) -> str:
    check_length(alias, MAX_ALIAS, "the alias of a registered model")
    if not _ALIAS.fullmatch(alias):
        raise InvalidValueError(
            f"Invalid alias name: {alias!r}", hint="letters, digits, underscores and dashes are allowed"
        )
    if _RESERVED.fullmatch(alias):
        raise InvalidValueError(f"Invalid alias name: {alias!r}", hint="'latest' and v followed by digits are reserved")
    return alias


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    for key, value in tags.items():
        check_key(key, "tag")
        check_length(check_text(value, f"the value of tag {key!r}"), MAX_TAG, f"the value of tag {key!r}")
    return dict(tags)


def parse_version(text: str) -> int:
    """Versions are whole numbers, written as text; the first is 1."""
    if not _VERSION.fullmatch(text):
        raise InvalidValueError(f"Parameter 'version' must be an integer, got {text[:60]!r}")
    return int(text)


def parse_stage(text: str) -> Stage:
    stage = _STAGES.get(text.lower())
    if stage is None:
        known = ", ".join(stage.value for stage in Stage)
        raise InvalidValueError(f"Invalid Model Version stage: {text[:60]!r}. Value must be one of {known}.")
    return stage


def parse_stages(texts: Sequence[str]) -> tuple[Stage, ...]:
    return tuple(parse_stage(text) for text in texts) or tuple(Stage)


def about_prompts(clauses: Sequence[Comparison]) -> bool:
    """Whether a search asks for prompts, and not for models."""
    return any(
        clause.entity is Entity.TAG
        and clause.key == PROMPT_TAG
        and (clause.operator in {"=", "LIKE", "ILIKE"} and str(clause.value).lower() == "true")
        for clause in clauses
    )


def without_prompt_tag(clauses: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Models have no such tag, so asking that it be false finds nothing; what is meant is that it is not true."""
    return tuple(clause for clause in clauses if (clause.entity, clause.key) != (Entity.TAG, PROMPT_TAG))


def is_prompt(tags: Mapping[str, str]) -> bool:
    return tags.get(PROMPT_TAG, "").lower() == "true"
