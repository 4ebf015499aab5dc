"""A run in a container: what it gets, and whether it can log from there."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from mlproj.backends.container_values import HOME, BindMount, Container
from mlproj.backends.docker_arguments import DockerArguments, read_docker_arguments
from mlproj.envs.values import Environment
from mlproj.project.docker_env import DockerEnv
from mlproj.project.resources import read_resources
from mlproj.runner.containers.check import check_reach
from mlproj.runner.containers.credentials import credentials_for
from mlproj.runner.containers.places import expand_volumes, places_in_container
from mlproj.runner.containers.ways import NAME, Engine, Reach, look_at_engine
from mlproj.runner.live import LiveRun
from mlproj.runner.tracking_access import TrackingAccess
from mlproj.system.container_engine import address, connected
from mlproj.system.identity import this_process

__all__ = ["Plan", "container_for", "places_in_container", "plan_container"]

NOT_INSIDE = ("MLPROJ_EXECUTABLE", "MLPROJ_PYTHON", "MLPROJ_ENV_MANAGER")
"""What names programs of this machine."""
FEW_RETRIES = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known of a run's container before it gets its variables."""

    env: DockerEnv
    arguments: DockerArguments
    engine: Engine
    inputs: tuple[BindMount, ...]


def plan_container(live: LiveRun, inputs: tuple[BindMount, ...]) -> Plan:
    """Ask the engine about itself. Raises EngineError."""
    request, environ = live.prepared.request, live.settings.environ
    image = live.prepared.spec.image
    if image is None:
        raise AssertionError("a container without an image")
    arguments = read_docker_arguments(request.docker_args, environ)
    with connected(environ) as client:
        engine = look_at_engine(client, address=address(environ), network=arguments.network or image.env.network)
    return Plan(env=image.env, arguments=arguments, engine=engine, inputs=inputs)


def container_for(
    live: LiveRun, plan: Plan, environment: Environment, access: TrackingAccess, tracking: Mapping[str, str]
) -> Container:
    """The container of a run; `tracking` are the variables by which its command logs."""
    image = live.prepared.spec.image
    if image is None or environment.image is None:
        raise AssertionError("a container without an image")
    resources = read_resources(live.prepared.binding.entry_point.additions)
    credentials = credentials_for(
        live.run.artifact_uri, environ=live.settings.environ, remote_server=not access.is_here()
    )
    user = plan.env.user or plan.engine.user
    variables = {
        **({"PYTHONUNBUFFERED": "1"} if not live.prepared.request.terminal else {"TERM": "xterm-256color"}),
        **({"HOME": HOME} if _needs_home(plan.arguments.user or user) else {}),
        **credentials.variables,
        **declared_variables(plan.env, live.settings.environ),
        **plan.arguments.environ,
        **{name: value for name, value in tracking.items() if name not in NOT_INSIDE},
        **without_proxy_for(tracking, plan.engine),
    }
    if not check_reach(live, plan.engine, access, image=environment.image.id):
        variables.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", FEW_RETRIES)
    return Container(
        image=environment.image.id,
        code=live.prepared.project.root,
        environ=variables,
        baked=image.bake,
        inputs=(*plan.inputs, *credentials.mounts),
        volumes=expand_volumes(plan.env.volumes, root=live.prepared.project.root, environ=live.settings.environ),
        user=user,
        network=plan.env.network,
        gpus=resources.gpus or plan.env.gpus,
        shm_size=plan.env.shm_size,
        memory=resources.memory,
        cpus=resources.cpus,
        platform=plan.env.platform,
        owner=json.dumps(asdict(this_process()), sort_keys=True),
        gateway=plan.engine.gateway,
        arguments=plan.arguments,
    )


def declared_variables(env: DockerEnv, environ: Mapping[str, str]) -> dict[str, str]:
    """`environment` of docker_env: those that are defined, and the caller's that are copied."""
    return {name: environ[name] if value is None else value for name, value in env.environment}


def without_proxy_for(variables: Mapping[str, str], engine: Engine) -> dict[str, str]:
    """NO_PROXY and no_proxy with the name of this machine added, where it is reached by that."""
    if engine.reach in {Reach.LOOPBACK, Reach.NONE}:
        return {}
    hosts = ",".join(filter(None, (variables.get("NO_PROXY"), NAME, engine.gateway)))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


def _needs_home(user: str) -> bool:
    """A user by number has no home in the image; root's is there, and a user by name has his own."""
    number = user.partition(":")[0]
    return number.isdecimal() and int(number) != 0
