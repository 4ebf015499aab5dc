"""Fetching, locking and building without a run."""

from dataclasses import dataclass

from mlproj.config import Settings
from mlproj.envs.building import ensure
from mlproj.envs.locking import lock
from mlproj.envs.specs import spec_for
from mlproj.envs.values import Environment, LockPolicy
from mlproj.project.loading import load
from mlproj.record.values import Source
from mlproj.runner.values import Reporter
from mlproj.source.checkouts import named_by_source, release
from mlproj.source.fetching import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a later run will find."""

    source: Source
    environment: Environment


def build_ahead(
    uri: str,
    version: str | None,
    *,
    env_manager: str | None,
    policy: LockPolicy,
    settings: Settings,
    reporter: Reporter,
) -> Built:
    """Fetch the code into the mirror, lock its environment and build it; the checkout is released."""
    checkout = fetch(uri, version, settings=settings, on_progress=reporter.progress)
    said, progress = reporter.note, reporter.progress
    try:
        with named_by_source(checkout):
            project = load(checkout.root).project
            spec = spec_for(project, env_manager=env_manager, settings=settings, in_place=not checkout.owned)
            for text in spec.warnings:
                said(text)
            found = lock(spec, policy=policy, settings=settings, on_progress=progress, on_note=said)
            environment = ensure(spec, found, settings=settings, on_progress=progress, on_note=said)
    finally:
        release(checkout, settings=settings)
    return Built(source=checkout.source, environment=environment)
