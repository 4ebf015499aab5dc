import hashlib
import math
from collections.abc import Mapping

import pytest

from mlproj.record.comparing import Comparison, Verdict, compare_runs
from mlproj.record.values import FileFact, MetricRecord, OutputRecord, RunRecord, Source


def record(
    *, code: int = 0, metrics: Mapping[str, MetricRecord] | None = None, files: Mapping[str, bytes] | None = None
) -> RunRecord:
    facts = tuple(
        FileFact(path=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in (files or {}).items()
    )
    return RunRecord(
        run_id="a",
        project=None,
        entry_point="main",
        command=None,
        source=Source(uri="x", kind="local"),
        metrics=metrics or {},
        outputs={"out/*": OutputRecord(declared="out/*", files=facts)},
        exit_code=code,
    )


def compared(
    before: Mapping[str, bytes], after: Mapping[str, bytes], *, rtol: float | None = None, kept: bool = True
) -> Comparison:
    return compare_runs(
        record(files=before),
        record(files=after),
        read_before=before.get if kept else lambda _: None,
        read_after=after.get,
        rtol=rtol,
    )


def of_metrics(before: MetricRecord | None, after: float | None, *, rtol: float | None = None) -> Comparison:
    old = {} if before is None else {"rmse": before}
    new = {} if after is None else {"rmse": MetricRecord(value=after)}
    return compare_runs(
        record(metrics=old), record(metrics=new), read_before=lambda _: None, read_after=lambda _: None, rtol=rtol
    )


def test_the_same_run_is_identical() -> None:
    found = compared({"a.bin": b"x"}, {"a.bin": b"x"})
    assert found.verdict is Verdict.IDENTICAL
    assert found.needed == 0
    assert [row.kind for row in found.rows] == ["exit code", "output"]


def test_another_exit_code_differs() -> None:
    found = compare_runs(record(), record(code=3), read_before=lambda _: None, read_after=lambda _: None)
    assert found.verdict is Verdict.DIFFERS
    assert (found.rows[0].before, found.rows[0].after) == ("0", "3")


@pytest.mark.parametrize(
    ("before", "after", "rtol", "verdict"),
    [
        (MetricRecord(value=0.5), 0.5, None, Verdict.IDENTICAL),
        (MetricRecord(value=math.nan), math.nan, None, Verdict.IDENTICAL),
        (MetricRecord(value=0.5), 0.5 + 1e-8, None, Verdict.WITHIN_TOLERANCE),
        (MetricRecord(value=0.5), 0.51, None, Verdict.DIFFERS),
        (MetricRecord(value=0.5), 0.51, 0.1, Verdict.WITHIN_TOLERANCE),
        (MetricRecord(value=0.5, rtol=0.1), 0.51, None, Verdict.WITHIN_TOLERANCE),
        (MetricRecord(value=0.5, rtol=0.0), 0.5 + 1e-8, None, Verdict.DIFFERS),
        (MetricRecord(value=0.0, atol=0.1), 0.05, None, Verdict.WITHIN_TOLERANCE),
        (MetricRecord(value=0.0), 1e-300, None, Verdict.DIFFERS),
        (MetricRecord(value=1.0), math.inf, 1e9, Verdict.DIFFERS),
        (MetricRecord(value=1.0), None, None, Verdict.DIFFERS),
        (None, 1.0, None, Verdict.DIFFERS),
    ],
)
def test_metrics(before: MetricRecord | None, after: float | None, rtol: float | None, verdict: Verdict) -> None:
    assert of_metrics(before, after, rtol=rtol).verdict is verdict


def test_the_verdict_says_which_tolerance_it_needed() -> None:
    assert of_metrics(MetricRecord(value=2.0), 2.000001).needed == pytest.approx(5e-7)


def test_an_output_by_value() -> None:
    found = compared({"a.json": b"[1.0]"}, {"a.json": b"[1.0000000001]"})
    assert found.verdict is Verdict.WITHIN_TOLERANCE
    assert "$[0]" in str(found.rows[1].note)
    assert compared({"a.json": b"[1.0]"}, {"a.json": b"[1.1]"}).verdict is Verdict.DIFFERS
    assert compared({"a.json": b"[1.0]"}, {"a.json": b"[1.1]"}, rtol=0.2).verdict is Verdict.WITHIN_TOLERANCE


def test_the_same_values_written_otherwise_are_identical_and_said() -> None:
    found = compared({"a.json": b"[1]"}, {"a.json": b"[1.0]\n"})
    assert found.verdict is Verdict.IDENTICAL
    assert found.rows[1].note == "the same values, written differently"


def test_outputs_that_were_not_kept_are_compared_by_hash() -> None:
    found = compared({"a.json": b"[1]"}, {"a.json": b"[1.0]"}, kept=False)
    assert found.verdict is Verdict.DIFFERS
    assert "values are not compared" in str(found.rows[1].note)
    assert compared({"a.json": b"[1]"}, {"a.json": b"[1]"}, kept=False).verdict is Verdict.IDENTICAL


def test_an_output_that_is_missing_or_new_differs() -> None:
    found = compared({"a": b"1", "b": b"2"}, {"b": b"2", "ü c": b"3"})
    assert [(row.name, row.verdict.value) for row in found.rows[1:]] == [
        ("a", "differs"),
        ("b", "identical"),
        ("ü c", "differs"),
    ]


def test_whole_curves() -> None:
    def curves(after: list[float]) -> Comparison:
        return compare_runs(
            record(metrics={"loss": MetricRecord(value=1.0)}),
            record(metrics={"loss": MetricRecord(value=1.0)}),
            read_before=lambda _: None,
            read_after=lambda _: None,
            curves=({"loss": [3.0, 2.0, 1.0]}, {"loss": after}),
        )

    assert curves([3.0, 2.0, 1.0]).verdict is Verdict.IDENTICAL
    assert curves([3.0, 2.0 + 1e-9, 1.0]).verdict is Verdict.WITHIN_TOLERANCE
    found = curves([3.0, 2.5, 1.0])
    assert found.verdict is Verdict.DIFFERS
    assert found.rows[-1].note == "from point 1: 2.0 and 2.5"
    assert curves([3.0, 1.0]).rows[-1].after == "2 points"
