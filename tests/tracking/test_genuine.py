"""`mlproj run` records into a team's genuine MLflow server."""

import subprocess
import sys
from pathlib import Path

from mlproj.tracking.base import Store


def test_a_run_is_recorded_in_a_genuine_server(genuine_store: Store, tmp_path: Path) -> None:
    (tmp_path / "MLproject").write_text(
        "name: shown\nentry_points:\n  main:\n    parameters: {alpha: float}\n    command: echo {alpha}; exit 3\n"
    )
    uri = genuine_store.uri
    command = [sys.executable, "-m", "mlproj", "run", str(tmp_path), "-P", "alpha=0.5", "--env-manager", "local"]
    done = subprocess.run([*command, "--tracking-uri", uri], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "0.5\n"), done.stderr
    experiment = genuine_store.get_experiment_by_name("shown")
    assert experiment is not None
    (run,) = genuine_store.search_runs([experiment.experiment_id]).items
    assert (run.status, dict(run.params)) == ("FAILED", {"alpha": "0.5"})
    assert run.tags["mlproj.exit_code"] == "3"
    with genuine_store.artifacts(run.run_id).open("mlproj/output.log") as log:
        assert log.read() == b"0.5\n"
