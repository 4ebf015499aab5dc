"""Fit an elastic net to the diabetes data set that scikit-learn ships."""

import argparse
import json
import tempfile
from pathlib import Path

import mlflow
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split


def main() -> None:
    """Train, evaluate, log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alpha", type=float, required=True)
    parser.add_argument("--l1-ratio", type=float, required=True)
    arguments = parser.parse_args()

    data = load_diabetes()
    train_x, test_x, train_y, test_y = train_test_split(data.data, data.target, random_state=42)
    with mlflow.start_run():
        model = ElasticNet(alpha=arguments.alpha, l1_ratio=arguments.l1_ratio, random_state=42)
        model.fit(train_x, train_y)
        predicted = model.predict(test_x)
        scores = {
            "rmse": root_mean_squared_error(test_y, predicted),
            "mae": mean_absolute_error(test_y, predicted),
            "r2": r2_score(test_y, predicted),
        }
        mlflow.log_metrics(scores)
        with tempfile.TemporaryDirectory() as folder:
            coefficients = Path(folder) / "coefficients.json"
            coefficients.write_text(json.dumps(dict(zip(data.feature_names, model.coef_, strict=True)), indent=2))
            mlflow.log_artifact(str(coefficients), "model")
        print("  ".join(f"{name} {score:.4f}" for name, score in scores.items()))


if __name__ == "__main__":
    main()
