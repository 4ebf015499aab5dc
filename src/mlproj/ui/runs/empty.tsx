/* A table without rows. */
import { Command } from "../parts/copy";
import { Empty } from "../parts/states";
import { adjust } from "../state/router";

export function NoRuns({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title="No run is like this">
        <p>
          <button type="button" onClick={() => adjust({ q: null, stage: null })}>
            Show all runs
          </button>
        </p>
      </Empty>
    );
  }
  const here = location.href.replace(/#.*$/, "").replace(/\/$/, "");
  return (
    <Empty title="No runs yet">
      <p>Run a project, of this machine or of a git repository:</p>
      <Command text="mlproj run ." />
      <p>Or let a script that imports mlflow log here:</p>
      <Command text={`MLFLOW_TRACKING_URI=${here} python train.py`} />
      <p>Or bring the runs along that MLflow has kept:</p>
      <Command text="mlproj import mlruns" />
    </Empty>
  );
}
