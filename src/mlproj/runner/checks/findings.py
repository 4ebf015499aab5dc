"""What `mlproj check` finds."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What is looked for; the names are those of `--json`."""

    LOCK = "lock"
    ENVIRONMENT = "environment"
    PYTHON = "python"
    IMAGE = "image"
    DIRTY = "dirty"
    UNPUSHED = "unpushed"
    BRANCH = "branch"
    ABSOLUTE_PATH = "absolute path"
    INPUT_HASH = "input hash"
    SEED = "seed"
    OUTPUTS = "outputs"
    NETWORK = "network"


FIXABLE = {Check.LOCK, Check.PYTHON, Check.INPUT_HASH, Check.SEED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that may keep a run from reproducing, and what to do. `subject` is what a fix needs to know."""

    check: Check
    message: str
    fix: str
    entry_point: str | None = None
    subject: str | None = None
