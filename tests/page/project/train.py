"""Trains nothing, but logs as training does: metrics, what it prints, and files of several kinds."""

import json
import math
import os
import sys
import time
import urllib.request
from pathlib import Path

rate, model, hold = float(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
base, run, experiment = (os.environ[f"MLFLOW_{name}"] for name in ("TRACKING_URI", "RUN_ID", "EXPERIMENT_ID"))  # noqa: TID251
MARKUP = "<script>window.hit = 1</script><img src=x onerror='window.hit=1'>"
PICTURE = (
    "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a73"
    "0000001049444154789c63f8cf00440c10020005fe01ff5a1c2ff90000000049454e44ae426082"
)


def send(path: str, body: bytes, method: str = "POST") -> None:
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{base}/api/2.0/{path}", body, headers, method=method)).close()


print("\x1b[1;32mtraining\x1b[0m", model, "\x1b[38;5;208mnow\x1b[0m")
points = []
for step in range(30):
    loss = math.exp(-step * rate)
    print(f"epoch {step} loss {loss:.3f}", MARKUP if step == 3 else "")
    moment = int(time.time() * 1000) + step
    for key, value in (("loss", loss), ("accuracy", 1 - loss / 2), ("system/cpu_utilization_percentage", 50 + step)):
        points.append({"key": key, "value": value, "timestamp": moment, "step": step})
send("mlflow/runs/log-batch", json.dumps({"run_id": run, "metrics": points}).encode())
report = f"""<h1>Report</h1><p id="drawn"></p><script>
document.getElementById("drawn").textContent = "drawn by a script";
const body = JSON.stringify({{run_id: "{run}", key: "stolen", value: "yes"}});
for (const kind of ["application/json", "text/plain"])
  fetch("/api/2.0/mlflow/runs/set-tag", {{method: "POST", mode: "no-cors", headers: {{"Content-Type": kind}}, body}});
try {{ parent.document.title = "taken over"; }} catch {{ document.title = "shut in"; }}
</script>"""
drawing = (
    "<svg xmlns='http://www.w3.org/2000/svg'><circle r='9'/><script>fetch('/api/mlproj/openapi.json')</script></svg>"
)
files = {
    "report.html": report.encode(),
    "drawing.svg": drawing.encode(),
    "picture.png": bytes.fromhex(PICTURE),
    "tables/scores.csv": f'name,score\nada,1.5\n"{MARKUP}, and more",2\n'.encode(),
    "facts.json": b'{"a": {"b": [1, 2]}}',
    "%3Cb%3Ebold%3Cb%3E.txt": MARKUP.encode(),
}
for name, content in files.items():
    send(f"mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/{name}", content, "PUT")
print("all is logged", file=sys.stderr, flush=True)
while hold.suffix == ".wait" and hold.exists():
    time.sleep(0.05)
print("the end")
