"""Solving: explanations, priorities, CUDA, dates, guarded channels, and locks that are written, found and refused."""

import functools
import http.server
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conda_channel import MINOR, index, write_package

from mlproj.envs import lockfile
from mlproj.envs.building import ensure
from mlproj.envs.conda.virtual import cuda_version, subdir, virtual_packages
from mlproj.envs.platforms import this_platform
from mlproj.envs.project_lock import lock_project
from mlproj.envs.values import LockPolicy
from mlproj.errors import BuildError, EnvironmentSpecError, ResolveError, SettingError, StaleLockError, UsageError

if TYPE_CHECKING:
    from tests.envs.conftest import Bench

UPDATE = LockPolicy(update=True)


def asking(bench: "Bench", dependencies: str, channels: str = "[conda-forge]") -> None:
    bench.write("conda.yaml", f"channels: {channels}\ndependencies: {dependencies}\n")


def test_a_conflict_is_explained(conda: "Bench", tmp_path: Path) -> None:
    asking(conda, "[wants-old, wants-new]")
    log = tmp_path / "log"
    with pytest.raises(ResolveError, match="the conda packages cannot be resolved") as caught:
        conda.lock("conda.yaml", log=log)
    detail = caught.value.detail or ""
    assert caught.value.exit_code == 4
    assert "libanswer <2" in detail
    assert "libanswer >=2" in detail
    assert "wants-old" in detail
    assert "Cannot solve" not in detail
    assert "libanswer >=2" in log.read_text()


def test_a_package_that_is_nowhere(conda: "Bench") -> None:
    asking(conda, "[python, no-such-thing>=2]")
    with pytest.raises(ResolveError, match="no channel has such a 'no-such-thing'"):
        conda.lock("conda.yaml")


def test_a_long_explanation_is_cut(conda: "Bench", tmp_path: Path) -> None:
    channel = tmp_path / "long"
    for number in range(60):
        build = f"{'x' * 200}_0"
        depends = [f"gone{number} >={number}"]
        write_package(channel, "many", f"1.{number}", depends=depends, noarch="generic", build=build)
    index(channel)
    asking(conda, "[many]", f"['{channel.as_uri()}']")
    with pytest.raises(ResolveError) as caught:
        conda.lock("conda.yaml")
    lines = (caught.value.detail or "").splitlines()
    assert len(lines) <= 26
    assert max(len(line) for line in lines) <= 160


def test_a_channel_that_is_not_there(conda: "Bench", tmp_path: Path) -> None:
    asking(conda, "[python]", f"['{(tmp_path / 'nowhere').as_uri()}']")
    with pytest.raises(ResolveError, match="a conda channel cannot be read"):
        conda.lock("conda.yaml")


def test_the_first_channel_wins(conda: "Bench") -> None:
    asking(conda, "[greet]", "[conda-forge, other]")
    assert "/greet-2.0-" in conda.lock("conda.yaml").payload
    asking(conda, "[greet]", "[other, conda-forge]")
    assert "/greet-3.0-" in conda.lock("conda.yaml").payload
    asking(conda, "['other::greet']", "[conda-forge]")
    assert "/greet-3.0-" in conda.lock("conda.yaml").payload


def test_build_strings_as_exports_write_them(conda: "Bench") -> None:
    asking(conda, "[tensors=1.0=cpu_0, libanswer==1.0]")
    assert "tensors-1.0-cpu_0" in conda.lock("conda.yaml", cuda="12").payload


def test_a_second_channel_helps_out_unless_strict(conda: "Bench", environment: Path) -> None:
    asking(conda, "[only-here]", "[conda-forge, other]")
    assert "/greet-3.0-" in conda.lock("conda.yaml").payload
    assert any("all channels are searched" in line for line in conda.lines)
    condarc = environment / ".condarc"
    condarc.write_text(f"{condarc.read_text()}channel_priority: strict\n")
    with pytest.raises(ResolveError):
        conda.lock("conda.yaml")


def test_as_of_a_date(conda: "Bench", tmp_path: Path) -> None:
    channel = tmp_path / "dated"
    write_package(channel, "dated", "1.0", noarch="generic", timestamp=1_600_000_000_000)
    write_package(channel, "dated", "2.0", noarch="generic", timestamp=1_700_000_000_000)
    index(channel)
    _without_upload_times(channel)
    asking(conda, "[dated]", f"['{channel.as_uri()}']")
    assert "/dated-2.0-" in conda.lock("conda.yaml").payload
    assert "/dated-1.0-" in conda.lock("conda.yaml", policy=LockPolicy(as_of="2022-01-01")).payload


def _without_upload_times(channel: Path) -> None:
    """As most channels are: packages have the time of their build."""
    file = channel / "noarch" / "repodata.json"
    text = re.sub(r',?\s*"indexed_timestamp":\s*\d+', "", file.read_text())
    for other in file.parent.glob("repodata*"):
        other.unlink()
    file.write_text(text)


class TestCuda:
    """CUDA is a property of the machine, of an option, or of a variable, and part of the lock."""

    @pytest.mark.parametrize(
        ("environ", "options", "expected"),
        [
            ({"CONDA_OVERRIDE_CUDA": "12.4"}, {}, "12.4"),
            ({"CONDA_OVERRIDE_CUDA": "12.4"}, {"cuda": "11.8"}, "11.8"),
            ({"CONDA_OVERRIDE_CUDA": ""}, {}, None),
            ({"MLPROJ_CUDA": "none", "CONDA_OVERRIDE_CUDA": "12"}, {}, None),
        ],
    )
    def test_version(
        self, conda: "Bench", environ: dict[str, str], options: dict[str, object], expected: str | None
    ) -> None:
        conda.environ |= environ
        settings = conda.settings(**options)
        assert cuda_version(settings) == expected
        texts = [str(package) for package in virtual_packages(this_platform(), settings)]
        assert (f"__cuda={expected}=0" in texts) == (expected is not None)

    def test_no_version(self, conda: "Bench") -> None:
        with pytest.raises(SettingError, match=r"must be a CUDA version, as in 12\.4, or none"):
            conda.settings(cuda="newest")

    def test_variants_and_locks_follow(self, conda: "Bench") -> None:
        asking(conda, "[tensors]")
        without = conda.lock("conda.yaml", cuda="none")
        with_cuda = conda.lock("conda.yaml", cuda="12.4")
        assert "tensors-1.0-cpu_0" in without.payload
        assert "__cuda" not in without.payload
        assert "tensors-1.0-cuda_1" in with_cuda.payload
        assert "- __cuda=12.4=0" in with_cuda.payload
        assert conda.lock("conda.yaml", cuda="12.4").origin == "remembered"

    def test_a_lock_for_a_gpu_on_a_machine_without_one(self, conda: "Bench") -> None:
        asking(conda, "[tensors]")
        found = conda.lock("conda.yaml", cuda="12.4")
        spec = conda.spec("conda.yaml")
        with pytest.raises(BuildError, match=r"__cuda >=12 .*--cuda 12\.4"):
            ensure(spec, found, settings=conda.settings(cuda="none"), on_progress=conda.lines.append)
        environment = ensure(spec, found, settings=conda.settings(cuda="12.6"), on_progress=conda.lines.append)
        again = ensure(spec, found, settings=conda.settings(cuda="none"), on_progress=conda.lines.append)
        assert (again.key, again.reused) == (environment.key, True)

    def test_the_hint(self, conda: "Bench") -> None:
        asking(conda, "['tensors=*=cuda*']")
        with pytest.raises(ResolveError, match=r"--cuda 12\.4"):
            conda.lock("conda.yaml", cuda="none")


class TestProjectLock:
    """`MLproject.lock`."""

    def test_written_found_stale_and_refused(self, conda: "Bench") -> None:
        asking(conda, "[libanswer=1.0]")
        spec, settings = conda.spec("conda.yaml"), conda.settings()
        written = lock_project(spec, settings=settings, on_progress=conda.lines.append)
        (entry,) = lockfile.read_locks(written.file, origin="project")
        assert (entry.kind, entry.format, entry.python) == ("conda", "pixi", "")
        locked = LockPolicy(locked=True)
        assert conda.lock("conda.yaml", policy=locked) == entry

        asking(conda, "[libanswer]")
        with pytest.raises(StaleLockError, match="no fresh lock of conda packages"):
            conda.lock("conda.yaml", policy=locked)
        assert any("is stale" in line for line in conda.lines)
        assert conda.lock("conda.yaml").origin == "resolved"
        assert conda.lock("conda.yaml").origin == "remembered"
        assert conda.lock("conda.yaml", policy=UPDATE).origin == "resolved"

    def test_other_platforms_and_a_new_python(self, conda: "Bench", tmp_path: Path) -> None:
        channel = tmp_path / "both"
        write_package(channel, "python", "3.9.1", noarch="generic")
        index(channel)
        asking(conda, "[python]", f"['{channel.as_uri()}']")
        spec, settings = conda.spec("conda.yaml"), conda.settings()
        other = "macos-arm64" if this_platform() != "macos-arm64" else "linux-x86_64"
        names = [this_platform(), other]
        lock_project(spec, platforms=names, settings=settings, on_progress=conda.lines.append)
        write_package(channel, "python", "3.10.1", noarch="generic")
        index(channel)
        (settings.cache_dir / "conda-repodata").rename(tmp_path / "old")
        lock_project(spec, platforms=names[:1], settings=settings, on_progress=conda.lines.append)
        entries = lockfile.read_locks(conda.root / "MLproject.lock", origin="project")
        assert {(entry.platform, entry.python) for entry in entries} == {(names[0], "3.10"), (other, "3.9")}

    def test_the_pip_section_for_another_platform(self, conda: "Bench", tmp_path: Path) -> None:
        channel = tmp_path / "pure"
        write_package(channel, "python", f"{MINOR}.1", noarch="generic")
        write_package(channel, "alpha", "1.0", noarch="generic", depends=["python"])
        index(channel)
        asking(conda, "[python, alpha, {pip: [beta]}]", f"['{channel.as_uri()}']")
        other = "macos-arm64" if this_platform() != "macos-arm64" else "linux-x86_64"
        lock_project(
            conda.spec("conda.yaml"), platforms=[other], settings=conda.settings(), on_progress=conda.lines.append
        )
        (entry,) = lockfile.read_locks(conda.root / "MLproject.lock", origin="project")
        assert "beta-1.0-py3-none-any.whl" in entry.payload
        assert "alpha-2.0" not in entry.payload

    def test_python_is_the_file_s_to_say(self, conda: "Bench") -> None:
        asking(conda, "[python]")
        with pytest.raises(UsageError, match="says which Python"):
            lock_project(
                conda.spec("conda.yaml"), python="3.12", settings=conda.settings(), on_progress=conda.lines.append
            )

    def test_no_packages_for_musl(self) -> None:
        with pytest.raises(EnvironmentSpecError, match="conda has no packages for linux-x86_64-musl"):
            subdir("linux-x86_64-musl")


class Guarded(http.server.SimpleHTTPRequestHandler):
    """Files for `ada` with the password `s3cret-word`, or for who has the token in the path."""

    def do_GET(self) -> None:
        allowed = f"Basic {b64encode(b'ada:s3cret-word').decode()}"
        if self.path.startswith("/t/the-token/"):
            self.path = self.path.removeprefix("/t/the-token")
        elif self.headers.get("Authorization") != allowed:
            self.send_error(401)
            return
        super().do_GET()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def guarded(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Guarded, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class TestGuardedChannels:
    """Credentials are found where users keep them, and are kept nowhere else."""

    @pytest.mark.parametrize("how", ["url", "variable", "token", "condarc", "netrc", "store"])
    def test_credentials(
        self,
        conda: "Bench",
        environment: Path,
        tmp_path: Path,
        how: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        write_package(tmp_path / "served" / "chan", "lib-c", "1.0", noarch="generic")
        index(tmp_path / "served" / "chan")
        with guarded(tmp_path / "served") as host:
            channel = f"http://{host}/chan"
            if how == "url":
                channel = f"http://ada:s3cret-word@{host}/chan"
            elif how == "variable":
                conda.environ["CHANNEL_PW"] = "s3cret-word"
                channel = f"http://ada:${{CHANNEL_PW}}@{host}/chan"
            elif how == "token":
                channel = f"http://{host}/t/the-token/chan"
            elif how == "condarc":
                (environment / ".condarc").write_text(f"channel_alias: http://ada:s3cret-word@{host}\n")
                channel = "chan"
            elif how == "netrc":
                netrc = environment / ".netrc"
                netrc.write_text("machine 127.0.0.1 login ada password s3cret-word\n")
                netrc.chmod(0o600)
            else:
                store = environment / "store.json"
                store.write_text('{"127.0.0.1": {"BasicHTTP": {"username": "ada", "password": "s3cret-word"}}}')
                monkeypatch.setenv("RATTLER_AUTH_FILE", str(store))
            asking(conda, "[lib-c]", f"['{channel}']")
            log = tmp_path / "log"
            environment_ = conda.build("conda.yaml", log=log)
        assert environment_.lock is not None
        assert environment_.prefix is not None
        assert (environment_.prefix / "share" / "lib-c.txt").read_text() == "1.0"
        assert f"http://{host}/chan/noarch/lib-c-1.0-0.tar.bz2" in environment_.lock.payload
        kept = [log, environment_.prefix / "mlproj-environment.json"]
        kept += [*(conda.settings().cache_dir / "locks").iterdir()]
        text = environment_.lock.payload + "".join(path.read_text() for path in kept)
        assert "s3cret-word" not in text
        assert "the-token" not in text

    def test_none(self, conda: "Bench", tmp_path: Path) -> None:
        (tmp_path / "served").mkdir()
        with guarded(tmp_path / "served") as host:
            asking(conda, "[lib-c]", f"['http://{host}/chan']")
            with pytest.raises(ResolveError, match="does it ask for credentials"):
                conda.lock("conda.yaml")

    def test_what_is_downloaded_has_the_locked_hash(self, conda: "Bench", tmp_path: Path) -> None:
        served = tmp_path / "served" / "chan"
        write_package(served, "lib-d", "1.0", noarch="generic")
        index(served)
        with guarded(tmp_path / "served") as host:
            asking(conda, "[lib-d]", f"['http://ada:s3cret-word@{host}/chan']")
            found = conda.lock("conda.yaml")
            write_package(served, "lib-d", "1.0", noarch="generic", files={"share/evil.txt": "evil"})
            with pytest.raises(BuildError, match="cannot be installed") as caught:
                ensure(conda.spec("conda.yaml"), found, settings=conda.settings(), on_progress=conda.lines.append)
        assert "hash" in (caught.value.detail or "")
        assert "s3cret-word" not in str(caught.value) + (caught.value.detail or "")
