"""Counts the words of a file by their length, and logs how many there are. Needs nothing but Python."""

import json
import os
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path


def log_metric(name: str, value: float) -> None:
    """Log to the run that this process belongs to, over the REST API that MLflow's client speaks."""
    body = {"run_id": os.environ["MLFLOW_RUN_ID"], "key": name, "value": value, "timestamp": int(time.time() * 1000)}
    request = urllib.request.Request(  # noqa: S310
        f"{os.environ['MLFLOW_TRACKING_URI']}/api/2.0/mlflow/runs/log-metric",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()  # noqa: S310


words = Path(sys.argv[1]).read_text().split()
counts = Counter(min(len(word), int(sys.argv[2])) for word in words)
for length, count in sorted(counts.items()):
    print(f"{length:3} {count}")
log_metric("words", len(words))
