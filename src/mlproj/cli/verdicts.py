"""Verdicts as people, programs and CI services read them."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

import click

from mlproj.cli.explaining import print_causes
from mlproj.cli.output import print_table
from mlproj.cli.why import cause_as_json
from mlproj.errors import MlprojError
from mlproj.record.comparing import Compared, Verdict
from mlproj.runner.past.judging import Reproduction
from mlproj.runner.past.runs import PastRun

MISSING = "-"
DIFF_LINES = 20
ROWS_SHOWN = 50


def print_reproduction(past: PastRun, found: Reproduction) -> None:
    """The table of what was compared, the verdict, then why."""
    if past.partial:
        click.echo("partial record")
    if past.changed:
        click.echo(f"changed record: it is not the one that run {past.run_id[:8]} of the store wrote")
    if found.comparison is not None:
        _print_rows(found.comparison.rows)
    click.echo(click.style(f"verdict: {verdict_text(found)}", bold=True))
    if found.comparison is not None and all(row.kind == "exit code" for row in found.comparison.rows):
        click.echo(
            "  only exit codes were compared: the run has no outputs and no metrics (declare outputs or metrics)"
        )
    if found.error is not None and found.error.detail:
        for line in found.error.detail.splitlines():
            click.echo(f"  {line}", err=True)
    if found.not_kept is not None:
        click.echo(f"mlproj: error: {not_kept_text(found)}", err=True)
    if found.verdict is Verdict.DIFFERS:
        click.echo("why:")
        if found.causes:
            print_causes(found.causes, lines=DIFF_LINES)
        else:
            click.echo(
                "  nothing recorded differs: the command itself is not deterministic"
                " (chance without a seed, time, order), or reads what is not declared"
            )
            click.echo(f"  run it more often to see how much it varies: mlproj reproduce {past.run_id[:8]} --times 3")


def not_kept_text(found: Reproduction) -> str:
    """Why the store has no verdict."""
    return f"the verdict could not be kept on run {found.run_id}: {found.not_kept}"


def verdict_text(found: Reproduction) -> str:
    """The verdict with what it needed, what is missing, and what differs of the machine."""
    if found.interrupted is not None:
        return "none, the run was interrupted"
    text = str(found.verdict)
    if found.verdict is Verdict.CANNOT and found.error is not None:
        text = f"{text}: {found.error}"
    if found.verdict is Verdict.WITHIN_TOLERANCE and found.comparison is not None:
        text = f"{text} (it took a relative tolerance of {found.comparison.needed:.1g})"
    if found.machine:
        text = f"{text}, on another machine ({'; '.join(cause.text for cause in found.machine)})"
    return text


def print_times(found: Sequence[Reproduction]) -> None:
    """How often it came out how."""
    counts = {verdict: sum(one.verdict is verdict for one in found) for verdict in Verdict}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    click.echo(f"{len(found)} runs: {said}; {_determinism(found)}")


def _determinism(found: Sequence[Reproduction]) -> str:
    """Whether the new runs agree with each other, which says nothing of the earlier one."""
    results = {_result(one) for one in found if one.comparison is not None}
    if not results or any(one.comparison is None for one in found):
        return "not all came to an end, so whether they agree is not known"
    if len(results) > 1:
        return "not deterministic as far as seen"
    if all(one.verdict is Verdict.DIFFERS for one in found):
        return "deterministic as far as seen: they agree with each other, not with the earlier run"
    return "deterministic as far as seen"


def _result(one: Reproduction) -> tuple[tuple[str, str, str | None, str | None], ...]:
    rows = () if one.comparison is None else one.comparison.rows
    return tuple((row.kind, row.name, row.after, row.note) for row in rows)


def reproduction_as_json(past: PastRun, found: Sequence[Reproduction]) -> dict[str, object]:
    """All of it as data; the verdict of several runs is the worst, and none where one was interrupted."""
    worst = max((list(Verdict).index(one.verdict) for one in found), default=0)
    cut_off = any(one.interrupted is not None for one in found)
    return {
        "run_id": past.run_id,
        "partial": past.partial,
        "changed": past.changed,
        "verdict": None if cut_off else str(list(Verdict)[worst]),
        "error": next((text for one in found if (text := _error(one)) is not None), None),
        "runs": [
            {
                "run_id": one.run_id,
                "verdict": None if one.interrupted is not None else str(one.verdict),
                "needed_rtol": None if one.comparison is None else one.comparison.needed,
                "error": _error(one),
                "detail": None if one.error is None else one.error.detail,
                "exit_code": one.exit_code,
                "compared": [] if one.comparison is None else [_row_as_json(row) for row in one.comparison.rows],
                "causes": [cause_as_json(cause) for cause in one.causes],
            }
            for one in found
        ],
    }


def unread_as_json(error: MlprojError) -> dict[str, object]:
    """What is to be said of a run of which nothing could be read."""
    return {"run_id": None, "partial": False, "verdict": str(Verdict.CANNOT), "runs": [], "error": str(error)}


def _error(one: Reproduction) -> str | None:
    if one.interrupted is not None:
        return "the run was interrupted"
    if one.not_kept is not None:
        return not_kept_text(one)
    return None if one.error is None else str(one.error)


def junit_report(run: str, found: Sequence[Reproduction]) -> str:
    """One test case for each thing that was compared, or one for a run that could not be made.

    `run` is the name of what was to be reproduced.
    """
    cases, failures, errors = [], 0, 0
    for number, one in enumerate(found, start=1):
        name = f"reproduce {run}" if len(found) == 1 else f"reproduce {run}, {number} of {len(found)}"
        if one.comparison is None:
            errors += 1
            text = _attribute(verdict_text(one))
            detail = escape(_clean("" if one.error is None else one.error.detail or ""))
            error = f"<error message={text}>{detail}</error>"
            cases.append(f"<testcase classname={_attribute(name)} name={_attribute('run')}>{error}</testcase>")
            continue
        for row in one.comparison.rows:
            body = ""
            if row.verdict is Verdict.DIFFERS:
                failures += 1
                text = f"{row.before} and {row.after}" + (f" ({row.note})" if row.note else "")
                body = f"<failure message={_attribute(text)}>{escape(_clean(text))}</failure>"
            cases.append(f"<testcase classname={_attribute(name)} name={_attribute(_title(row))}>{body}</testcase>")
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'
    suite = f'<testsuite name="mlproj reproduce" {counts}>{"".join(cases)}</testsuite>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>{suite}</testsuites>\n'


def _print_rows(rows: Sequence[Compared]) -> None:
    ordered = sorted(rows, key=lambda row: -list(Verdict).index(row.verdict))
    print_table(
        ["COMPARED", "THEN", "NOW", "VERDICT"],
        [[_title(row), row.before or MISSING, row.after or MISSING, _said(row)] for row in ordered[:ROWS_SHOWN]],
    )
    if len(rows) > ROWS_SHOWN:
        click.echo(f"and {len(rows) - ROWS_SHOWN} more (--json has all)")


def _said(row: Compared) -> str:
    text = str(row.verdict)
    if row.needed and row.verdict is Verdict.WITHIN_TOLERANCE:
        text = f"{text} ({row.needed:.1g})"
    return f"{text}: {row.note}" if row.note else text


def _title(row: Compared) -> str:
    return row.kind if row.name == row.kind else f"{row.kind} {row.name}"


def _row_as_json(row: Compared) -> dict[str, object]:
    return {
        "kind": row.kind,
        "name": row.name,
        "before": row.before,
        "after": row.after,
        "verdict": str(row.verdict),
        "needed_rtol": row.needed,
        "note": row.note,
    }


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return "".join(char for char in text if char in "\t\n\r" or ord(char) >= 32)  # noqa: PLR2004 - the first printable
