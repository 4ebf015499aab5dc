"""Why two runs may differ: every difference of their records, the likeliest cause of another result first. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from mlproj.record.packages import packages
from mlproj.record.values import Capture, Hardware, RunRecord, System

SHORT = 12


class CauseKind(StrEnum):
    """What differs, in the order in which it is likely to explain another result."""

    ENTRY_POINT = "entry point"
    PARAMETER = "parameter"
    ARGUMENTS = "arguments"
    CODE = "code"
    PACKAGE = "package"
    IMAGE = "image"
    INPUT = "input"
    SEED = "seed"
    VARIABLE = "variable"
    INTERPRETER = "interpreter"
    HARDWARE = "hardware"
    DRIVER = "driver"
    SYSTEM = "system"


RANKS = {kind: rank for rank, kind in enumerate(CauseKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One difference. `before` and `after` are None for what a run does not have; `text` says it in a line.

    `detail` is more to look at: the difference of the code itself.
    """

    kind: CauseKind
    name: str
    before: str | None
    after: str | None
    text: str
    detail: str | None = None


def causes(a: RunRecord, b: RunRecord, *, code: str | None = None) -> tuple[Cause, ...]:
    """The differences from `a` to `b`, ranked. `code` is the difference of their code as a diff, where it is known."""
    found = [
        *_named(CauseKind.ENTRY_POINT, {"entry point": a.entry_point}, {"entry point": b.entry_point}),
        *_named(CauseKind.PARAMETER, _parameters(a, b), _parameters(b, a)),
        *_named(CauseKind.ARGUMENTS, _arguments(a), _arguments(b)),
        *_named(CauseKind.ARGUMENTS, _options(a), _options(b)),
        *_code(a, b, code),
        *_named(CauseKind.PACKAGE, _packages(a), _packages(b)),
        *_environment(a, b),
        *_named(CauseKind.IMAGE, _image(a), _image(b)),
        *_inputs(a, b),
        *_named(CauseKind.SEED, _seeds(a), _seeds(b)),
        *_named(CauseKind.VARIABLE, _variables(a, b), _variables(b, a)),
        *_named(CauseKind.INTERPRETER, _interpreter(a), _interpreter(b)),
        *_named(CauseKind.HARDWARE, _hardware(a.hardware), _hardware(b.hardware), both=True),
        *_named(CauseKind.DRIVER, {"GPU driver": a.hardware.gpu_driver}, {"GPU driver": b.hardware.gpu_driver}),
        *_named(CauseKind.SYSTEM, _system(a.system), _system(b.system), both=True),
    ]
    return tuple(sorted(found, key=lambda cause: RANKS[cause.kind]))


def change_text(before: str | None, after: str | None) -> str:
    """A change in words."""
    if before is None:
        return f"added: {after}"
    if after is None:
        return f"removed: was {before}"
    return f"{before} -> {after}"


def _cause(kind: CauseKind, name: str, before: str | None, after: str | None, detail: str | None = None) -> Cause:
    title = kind.value if name == kind.value else f"{kind.value} {name}"
    return Cause(
        kind=kind, name=name, before=before, after=after, text=f"{title}: {change_text(before, after)}", detail=detail
    )


def _named(
    kind: CauseKind, before: Mapping[str, str | None], after: Mapping[str, str | None], *, both: bool = False
) -> Iterator[Cause]:
    """A cause for each name whose values differ; with `both` only where both sides are known."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new and not (both and None in {old, new}):
            yield _cause(kind, name, old, new)


def _parameters(record: RunRecord, other: RunRecord) -> dict[str, str | None]:
    values = {name: "[secret]" if item.value is None else item.value for name, item in record.parameters.items()}
    return {name: f"{value}{_mark(f'parameters.{name}', record, other)}" for name, value in values.items()}


def _variables(record: RunRecord, other: RunRecord) -> dict[str, str | None]:
    return {
        name: value and f"{value}{_mark(f'variables.{name}', record, other)}"
        for name, value in record.variables.items()
    }


def _mark(name: str, record: RunRecord, other: RunRecord) -> str:
    """What tells a secret from another one; nothing where they are the same, or nobody can know."""
    ours, theirs = (one.secret_digests.get(name, "").partition(":") for one in (record, other))
    return f" ({ours[2][:6]})" if ours != theirs and ours[0] == theirs[0] and ours[2] else ""


def _arguments(record: RunRecord) -> dict[str, str | None]:
    return {"arguments": " ".join(record.arguments) or None}


def _options(record: RunRecord) -> dict[str, str | None]:
    options = {} if record.environment is None else record.environment.options
    return {f"-A {name}": " ".join(texts) for name, texts in options.items()}


def _code(a: RunRecord, b: RunRecord, diff: str | None) -> Iterator[Cause]:
    old, new = a.source, b.source
    if old.tree_hash and new.tree_hash:
        if old.tree_hash == new.tree_hash:
            return
        changed = True
    else:
        changed = (old.commit, old.digest, old.dirty) != (new.commit, new.digest, new.dirty) or bool(diff)
    if not changed:
        return
    files = _changed_files(diff)
    before, after = _code_name(a), _code_name(b)
    if before == after:
        before, after = (
            f"{name} ({tree[:SHORT]})" for name, tree in ((before, old.tree_hash or ""), (after, new.tree_hash or ""))
        )
    name = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")  # noqa: PLR2004 - a line
    yield _cause(CauseKind.CODE, name or "files", before, after, diff or None)
    for path in sorted(old.submodules.keys() | new.submodules.keys()):
        if (was := old.submodules.get(path)) != (now := new.submodules.get(path)):
            yield _cause(CauseKind.CODE, f"submodule {path}", was and was[:SHORT], now and now[:SHORT])


def _changed_files(diff: str | None) -> list[str]:
    return re.findall(r'^diff --git .* "?b/(.*?)"?$', diff or "", re.MULTILINE)


def _code_name(record: RunRecord) -> str:
    source = record.source
    name = (source.commit or source.digest or source.tree_hash or "unknown")[:SHORT]
    return f"{name} with changes" if source.dirty or _is_changed(source.capture) else name


def _is_changed(capture: Capture | None) -> bool:
    return capture is not None and bool(capture.diff or capture.files)


def _packages(record: RunRecord) -> dict[str, str | None]:
    return {**packages(record.environment)}


def _environment(a: RunRecord, b: RunRecord) -> Iterator[Cause]:
    """Another env manager; and another lock that lists the same versions (other files of them).

    The lock of an image says what the image itself does.
    """
    old, new = a.environment, b.environment
    if old is None or new is None:
        return
    if old.manager != new.manager:
        yield _cause(CauseKind.PACKAGE, "env manager", old.manager, new.manager)
    elif old.image is not None and new.image is not None:
        return
    elif old.lock_hash and new.lock_hash and old.lock_hash != new.lock_hash and packages(old) == packages(new):
        yield _cause(CauseKind.PACKAGE, "lock", old.lock_hash[:SHORT], new.lock_hash[:SHORT])


def _image(record: RunRecord) -> dict[str, str | None]:
    image = None if record.environment is None else record.environment.image
    return {} if image is None else {image.name: image.id}


def _inputs(a: RunRecord, b: RunRecord) -> Iterator[Cause]:
    for declared in sorted(a.inputs.keys() | b.inputs.keys()):
        before, after = a.inputs.get(declared), b.inputs.get(declared)
        if before is not None and after is not None and before.sha256 and before.sha256 == after.sha256:
            continue  # or the same file in another place
        old, new = (_files(record, declared) for record in (a, b))
        yield from _named(CauseKind.INPUT, old, new)


def _files(record: RunRecord, declared: str) -> dict[str, str | None]:
    given = record.inputs.get(declared)
    if given is None:
        return {}
    if not given.files:
        return {declared: None if given.sha256 is None else f"{given.sha256[:SHORT]} ({given.count} files)"}
    return {file.path: f"{file.sha256[:SHORT]} ({file.size} bytes)" for file in given.files}


def _seeds(record: RunRecord) -> dict[str, str | None]:
    seed = None if record.seed is None else str(record.seed)
    return {"seed": seed, **record.seed_variables}


def _interpreter(record: RunRecord) -> dict[str, str | None]:
    environment = record.environment
    if environment is None:
        return {}
    name = "python" if environment.python else PurePath(environment.interpreter or "python").name
    return {name: environment.python}


def _hardware(hardware: Hardware) -> dict[str, str | None]:
    return {
        "CPU": hardware.cpu,
        "CPU count": None if hardware.cpus is None else str(hardware.cpus),
        "memory": None if hardware.memory is None else f"{hardware.memory / 2**30:.1f} GiB",
        "GPU": ", ".join(hardware.gpus) or "none",
    }


def _system(system: System) -> dict[str, str | None]:
    return {"OS": system.os, "C library": system.libc, "machine": system.machine, "kernel": system.kernel}
