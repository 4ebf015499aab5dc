"""Whether a run gave what an earlier one gave: exit code, metrics and outputs compared, and the verdict. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mlproj.record.contents import compare_contents, is_read_by_value
from mlproj.record.tolerances import Tolerance, needed_rtol
from mlproj.record.values import FileFact, MetricRecord, RunRecord

SHORT = 12
Read = Callable[[str], bytes | None]
"""Gives the content of an output by its path; None where it was not kept."""


class Verdict(StrEnum):
    """What comes of a reproduction, best first."""

    IDENTICAL = "identical"
    WITHIN_TOLERANCE = "within tolerance"
    DIFFERS = "differs"
    CANNOT = "cannot reproduce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One thing that both runs have or should have. `kind` is `exit code`, `metric`, `curve` or `output`.

    `needed` is the relative tolerance with which they agree (0: exactly; None: none does), `note` says where they
    differ.
    """

    kind: str
    name: str
    before: str | None
    after: str | None
    verdict: Verdict
    needed: float | None = 0.0
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that was compared, and what follows: the worst of it. `needed` is the tolerance that it took."""

    rows: tuple[Compared, ...]
    verdict: Verdict
    needed: float = 0.0


def compare_runs(
    before: RunRecord,
    after: RunRecord,
    *,
    read_before: Read,
    read_after: Read,
    rtol: float | None = None,
    curves: tuple[Mapping[str, Sequence[float]], Mapping[str, Sequence[float]]] | None = None,
) -> Comparison:
    """Compare results. `rtol` stands in for what is declared; `curves` are whole histories of metrics, by name."""
    rows = [
        _row("exit code", "exit code", _text(before.exit_code), _text(after.exit_code)),
        *compare_metrics(before.metrics, after.metrics, rtol=rtol),
        *(_curves(before.metrics, *curves, rtol=rtol) if curves else ()),
        *_compare_outputs(
            before, after, read_before, read_after, Tolerance() if rtol is None else Tolerance(rtol=rtol)
        ),
    ]
    return conclude(rows)


def conclude(rows: Iterable[Compared]) -> Comparison:
    """The worst of what was compared."""
    rows = tuple(rows)
    worst = max((list(Verdict).index(row.verdict) for row in rows), default=0)
    needed = max((row.needed or 0.0 for row in rows), default=0.0)
    return Comparison(rows=rows, verdict=list(Verdict)[worst], needed=needed)


def compare_metrics(
    before: Mapping[str, MetricRecord], after: Mapping[str, MetricRecord], *, rtol: float | None = None
) -> Iterator[Compared]:
    """Last values, exactly first, then with the tolerance asked for, else declared, else the default."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield _row("metric", name, _value(old), _value(new))
            continue
        needed = needed_rtol(old.value, new.value)
        tolerance = tolerance_of(old, rtol)
        within = _is_within(old.value, new.value, tolerance)
        yield Compared(
            kind="metric",
            name=name,
            before=_value(old),
            after=_value(new),
            verdict=_judge(needed, within=within),
            needed=needed,
        )


def tolerance_of(metric: MetricRecord | None, rtol: float | None) -> Tolerance:
    """The tolerance asked for, else the metric's own, else the default."""
    if rtol is not None:
        return Tolerance(rtol=rtol, atol=(metric.atol or 0.0) if metric else 0.0)
    if metric is None or (metric.rtol is None and metric.atol is None):
        return Tolerance()
    return Tolerance(rtol=metric.rtol or 0.0, atol=metric.atol or 0.0)


def _curves(
    metrics: Mapping[str, MetricRecord],
    before: Mapping[str, Sequence[float]],
    after: Mapping[str, Sequence[float]],
    *,
    rtol: float | None,
) -> Iterator[Compared]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, ()), after.get(name, ())
        texts = (f"{len(old)} points", f"{len(new)} points")
        if len(old) != len(new):
            yield _row("curve", name, *texts)
            continue
        tolerance = tolerance_of(metrics.get(name), rtol)
        pairs = list(zip(old, new, strict=True))
        needed = [needed_rtol(*pair) for pair in pairs]
        first = next((index for index, one in enumerate(needed) if one != 0), None)
        yield Compared(
            kind="curve",
            name=name,
            before=texts[0],
            after=texts[1],
            verdict=_judge(_worst(needed), within=all(_is_within(*pair, tolerance) for pair in pairs)),
            needed=_worst(needed),
            note=None if first is None else f"from point {first}: {old[first]!r} and {new[first]!r}",
        )


def _compare_outputs(
    before: RunRecord, after: RunRecord, read_before: Read, read_after: Read, tolerance: Tolerance
) -> Iterator[Compared]:
    old, new = _files(before), _files(after)
    for path in sorted(old.keys() | new.keys()):
        ours, theirs = old.get(path), new.get(path)
        texts = (_digest(ours), _digest(theirs))
        if ours is None or theirs is None or ours.sha256 == theirs.sha256:
            yield _row("output", path, *texts)
            continue
        contents = (read_before(path), read_after(path)) if is_read_by_value(path) else (None, None)
        if contents[0] is None or contents[1] is None:
            note = f"{ours.size} and {theirs.size} bytes"
            if is_read_by_value(path):
                note += "; the content is not at hand, so values are not compared"
            yield _row("output", path, *texts, note=note)
            continue
        found = compare_contents(path, contents[0], contents[1], tolerance)
        needed = 0.0 if found is None else found.rtol
        yield Compared(
            kind="output",
            name=path,
            before=texts[0],
            after=texts[1],
            verdict=_judge(needed, within=needed is not None and needed <= tolerance.rtol),
            needed=needed,
            note="the same values, written differently" if found is None else found.where,
        )


def _files(record: RunRecord) -> dict[str, FileFact]:
    return {file.path: file for output in record.outputs.values() for file in output.files}


def _digest(file: FileFact | None) -> str | None:
    return None if file is None else file.sha256[:SHORT]


def _judge(needed: float | None, *, within: bool) -> Verdict:
    if needed == 0:
        return Verdict.IDENTICAL
    return Verdict.WITHIN_TOLERANCE if within else Verdict.DIFFERS


def _is_within(before: float, after: float, tolerance: Tolerance) -> bool:
    needed = needed_rtol(before, after, atol=tolerance.atol)
    return needed is not None and (needed <= tolerance.rtol or abs(before - after) <= tolerance.atol)


def _worst(needed: Sequence[float | None]) -> float | None:
    return None if None in needed else max((one for one in needed if one is not None), default=0.0)


def _row(kind: str, name: str, before: str | None, after: str | None, note: str | None = None) -> Compared:
    same = before == after
    return Compared(
        kind=kind,
        name=name,
        before=before,
        after=after,
        verdict=Verdict.IDENTICAL if same else Verdict.DIFFERS,
        needed=0.0 if same else None,
        note=note,
    )


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _value(metric: MetricRecord | None) -> str | None:
    return None if metric is None else repr(metric.value)
