"""What `mlproj reproduce` and `mlproj why` say of projects of which the truth is known.

Makes a project for each case, runs it, changes what the case is about, and prints the verdict and the first cause
beside what is true. Ends with 1 if any disagrees. The cases in Docker need a container engine (scripts/docker-engine);
without one they are left out, and that is said. Conda's channel is a directory, made here.

Usage: python benchmarks/reproduce.py
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)  # the tests' channel and images; here `docker` is another module
from tests import container_images  # noqa: E402 - by that path
from tests.conda_channel import index, write_package  # noqa: E402 - by that path

MLPROJECT = """name: {name}
python_env: python_env.yaml
entry_points:
  main:
    command: "python train.py"
    inputs: [data.csv]
    outputs: [out.json]
    seed: 1
"""
SEEDED = "import json, os, random\nrandom.seed(int(os.environ['MLPROJ_SEED']))\n"
WRITE = "json.dump({'value': value}, open('out.json', 'w'))\n"
TRAIN = SEEDED + "value = random.random() * len(open('data.csv').read())\n" + WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`change` happens between the run and its reproduction; `cause` is the kind of the first cause of a second run."""

    name: str
    verdict: str
    make: Callable[[Path], None] = lambda _: None
    change: Callable[[Path], None] = lambda _: None
    cause: str | None = None
    clean: Callable[[Path], None] = lambda _: None


def main() -> int:
    """Print the table."""
    wrong = 0
    cases = CASES
    if (engine := container_images.engine()) is None:
        print("no container engine answers: the cases in Docker are left out")
    else:
        engine.close()
        cases += DOCKER
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'case':<26} {'verdict':<18} {'true':<18} {'first cause':<14} {'true':<14}")
        for number, case in enumerate(cases):
            verdict, cause = examine(case, Path(folder) / str(number))
            agrees = (verdict, cause) == (case.verdict, case.cause)
            wrong += not agrees
            cells = f"{case.name:<26} {verdict:<18} {case.verdict:<18} {cause or '-':<14} {case.cause or '-':<14}"
            print(cells + ("" if agrees else "  WRONG"))
        print(f"{len(cases) - wrong} of {len(cases)} agree")
        print(f"recording 1,000 files and 1 GB of hashed inputs costs {overhead(Path(folder) / 'big'):.3f} s")
    return int(wrong > 0)


def examine(case: Case, folder: Path) -> tuple[str, str | None]:
    """The verdict on the first run, and the first cause of the difference to a run made after the change."""
    project = folder / "project"
    project.mkdir(parents=True)
    (project / "MLproject").write_text(MLPROJECT.format(name=f"case-{folder.name}"))
    (project / "python_env.yaml").write_text("dependencies: []\n")
    (project / "train.py").write_text(TRAIN)
    (project / ".gitignore").write_text("data.csv\nout.json\nwheels/\nchannel/\n")
    (project / "data.csv").write_text("1,2\n3,4\n")
    case.make(project)
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    if case.name == "dirty tree":
        (project / "helper.py").write_text("FACTOR = 2\n")
        (project / "train.py").write_text(TRAIN.replace("value = ", "import helper\nvalue = helper.FACTOR * "))
    first = run(folder)
    try:
        case.change(project)
        verdict = json.loads(mlproj(folder, "reproduce", first, "--json").stdout)["verdict"]
        second = run(folder)
        causes = json.loads(mlproj(folder, "why", first, second, "--json").stdout)["causes"]
    finally:
        case.clean(project)
    return verdict, causes[0]["kind"] if causes else None


def run(folder: Path) -> str:
    """Run the project; the run's id."""
    done = mlproj(folder, "run", "project", "--json")
    if done.returncode:
        sys.exit(done.stderr)
    return str(json.loads(done.stdout)["run_id"])


def mlproj(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Call the program with a home of its own."""
    own = {"MLPROJ_HOME": str(folder / "home"), "MLPROJ_CACHE_DIR": str(folder / "cache")}
    return subprocess.run(
        [sys.executable, "-m", "mlproj", *words],
        cwd=folder,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )


def git(folder: Path, *words: str) -> None:
    """Call git as somebody."""
    somebody = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *somebody, *words], cwd=folder, check=True, capture_output=True)


def write_wheel(folder: Path, version: str) -> None:
    """A package of one module."""
    folder.mkdir(exist_ok=True)
    info = f"planted-{version}.dist-info"
    files = {
        "planted.py": f"VALUE = {version}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: planted\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: benchmark\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"planted-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def use_package(project: Path) -> None:
    """Depend on the package of one module."""
    write_wheel(project / "wheels", "1.0")
    (project / "requirements.txt").write_text(f"--no-index\n--find-links {project / 'wheels'}\nplanted\n")
    (project / "python_env.yaml").write_text("dependencies: [-r requirements.txt]\n")
    (project / "train.py").write_text(TRAIN.replace("value = ", "import planted\nvalue = planted.VALUE * "))


def move_package(project: Path) -> None:
    """A new version appears, and what was resolved is forgotten."""
    write_wheel(project / "wheels", "2.0")
    shutil.rmtree(project.parent / "cache" / "locks", ignore_errors=True)


def add_submodule(project: Path) -> None:
    """A repository inside the repository."""
    library = project.parent / "library"
    library.mkdir()
    (library / "part.py").write_text("VALUE = 2\n")
    git(library, "init", "-q")
    git(library, "add", ".")
    git(library, "commit", "-qm", "one")
    git(project, "init", "-q")
    git(project, "submodule", "--quiet", "add", str(library), "lib")
    (project / "train.py").write_text(TRAIN.replace("value = ", "import lib.part\nvalue = lib.part.VALUE * "))


def move_submodule(project: Path) -> None:
    """A new commit in it."""
    (project / "lib" / "part.py").write_text("VALUE = 3\n")
    git(project / "lib", "commit", "-qam", "two")


def use_conda(project: Path) -> None:
    """A package of a conda channel; what it holds is the result."""
    publish(project, "1.0")
    text = f"channels: ['{(project / 'channel').as_uri()}', nodefaults]\ndependencies: [planted]\n"
    (project / "conda.yaml").write_text(text)
    use(project, "conda_env: conda.yaml", "cat $CONDA_PREFIX/share/planted.txt > out.json")


def publish(project: Path, version: str) -> None:
    """One more version in the channel."""
    write_package(project / "channel", "planted", version)
    index(project / "channel")


def move_conda(project: Path) -> None:
    """A new version appears, and what was resolved is forgotten."""
    publish(project, "2.0")
    shutil.rmtree(project.parent / "cache" / "locks", ignore_errors=True)


def use_docker(project: Path) -> None:
    """An image; what it holds is the result."""
    make_image(project, "1")
    use(project, f"docker_env: {{image: '{image_name(project)}'}}", "cat /planted > out.json")


def use(project: Path, environment: str, command: str) -> None:
    """Another environment and command in the MLproject file."""
    text = (project / "MLproject").read_text().replace("python_env: python_env.yaml", environment)
    (project / "MLproject").write_text(text.replace("python train.py", command))


def image_name(project: Path) -> str:
    """A name of this process and case."""
    return f"mlproj-benchmark/{os.getpid()}-{project.parent.name}:1"


def make_image(project: Path, text: str) -> None:
    """Give the case's name to a new image."""
    repository, _, tag = image_name(project).partition(":")
    engine = container_images.engine()
    archive = container_images.tiny({"planted": text})
    engine.api.import_image_from_data(archive, repository=repository, tag=tag)
    with (project.parent / "images").open("a") as file:
        file.write(engine.images.get(image_name(project)).id + "\n")
    engine.close()


def move_image(project: Path) -> None:
    """The name is another image's."""
    make_image(project, "2")


def lose_image(project: Path) -> None:
    """And the one that it was is gone."""
    move_image(project)
    engine = container_images.engine()
    engine.images.remove((project.parent / "images").read_text().split()[0], force=True)
    engine.close()


def remove_images(project: Path) -> None:
    """What the case has made."""
    engine = container_images.engine()
    there = {image.id for image in engine.images.list(all=True)}
    for image in there & set((project.parent / "images").read_text().split()):
        engine.images.remove(image, force=True)
    engine.close()


def write_train(text: str) -> Callable[[Path], None]:
    """Another program."""
    return lambda project: [None, (project / "train.py").write_text(text)][0]


def change_input(project: Path) -> None:
    """Other data in the same place."""
    (project / "data.csv").write_text("1,2\n3,5,6\n")


def clean_tree(project: Path) -> None:
    """The changes that were never committed are gone."""
    (project / "helper.py").unlink()
    git(project, "checkout", "-q", ".")


NOISY = "import json, os\nvalue = int.from_bytes(os.urandom(4), 'big')\n" + WRITE
NEARLY = "import json, os\nvalue = 1 + os.getpid() * 1e-15\n" + WRITE
CASES = (
    Case(name="deterministic", verdict="identical"),
    Case(name="noisy (unseeded)", verdict="differs", make=write_train(NOISY)),
    Case(name="within tolerance", verdict="within tolerance", make=write_train(NEARLY)),
    Case(name="a dependency moved", verdict="identical", make=use_package, change=move_package, cause="package"),
    Case(name="an input changed", verdict="cannot reproduce", change=change_input, cause="input"),
    Case(name="dirty tree", verdict="identical", change=clean_tree, cause="code"),
    Case(name="submodule", verdict="identical", make=add_submodule, change=move_submodule, cause="code"),
    Case(name="conda, a package moved", verdict="identical", make=use_conda, change=move_conda, cause="package"),
)
DOCKER = (
    Case(
        name="Docker, the image moved",
        verdict="identical",
        make=use_docker,
        change=move_image,
        cause="image",
        clean=remove_images,
    ),
    Case(
        name="Docker, the image is gone",
        verdict="cannot reproduce",
        make=use_docker,
        change=lose_image,
        cause="image",
        clean=remove_images,
    ),
)


def overhead(folder: Path) -> float:
    """Seconds that a run of a project with 1,000 files and 1 GB of input takes more than one without, hashes warm."""
    times = {}
    for name, count, size in (("small", 1, 1), ("large", 1000, 1 << 30)):
        project = folder / name / "project"
        project.mkdir(parents=True)
        (project / "MLproject").write_text(
            f"name: {name}\nentry_points:\n  main:\n    command: 'true'\n    inputs: [data.bin]\n"
        )
        (project / ".gitignore").write_text("data.bin\n")
        for number in range(count):
            (project / f"module_{number}.py").write_text(f"x = {number}\n")
        with (project / "data.bin").open("wb") as file:
            file.truncate(size)
        git(project, "init", "-q")
        git(project, "add", ".")
        git(project, "commit", "-qm", "one")
        run(folder / name)
        taken = []
        for _ in range(5):
            started = time.perf_counter()
            run(folder / name)
            taken.append(time.perf_counter() - started)
        times[name] = min(taken)
    return times["large"] - times["small"]


if __name__ == "__main__":
    sys.exit(main())
