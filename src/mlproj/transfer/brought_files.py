"""The files of runs and models that are brought in, and where they are from then on."""

from mlproj.errors import ForeignStorageError
from mlproj.tracking.artifact_uris import own_path
from mlproj.tracking.base import Artifacts, LocalStore
from mlproj.tracking.transfers import CHUNK, find_files
from mlproj.transfer.base import Source
from mlproj.transfer.summary import Summary
from mlproj.transfer.unpacked import UnpackedArtifacts


class BroughtFiles:
    """`link` leaves the files where they are; `copy` False leaves them out. Counts what it copies in `summary`."""

    def __init__(self, source: Source, store: LocalStore, summary: Summary, *, link: bool, copy: bool) -> None:
        self._source = source
        self._store = store
        self._summary = summary
        self._link = link
        self._copy = copy
        self._moved: dict[str, str] = {}

    def bring(self, source: str, target: str, *, run_id: str = "", model_id: str = "") -> str:
        """Copy what is not there yet; the URI that the files have from now on."""
        if self._link and (linked := self._source.link(source)) is not None:
            self._moved[source] = linked
            return linked
        self._moved[source] = target
        if self._copy and (artifacts := self._open(source, run_id, model_id)) is not None:
            self._copy_from(artifacts, self._store.artifacts_at(target), source)
        return target

    def bring_missing(self, source: str, here: str, *, run_id: str) -> None:
        """Copy the files of a run that is here without any: they were left out, or out of reach."""
        self._moved[source] = here
        if not self._link and own_path(here) is not None and not self._store.artifacts_at(here).list():
            self.bring(source, here, run_id=run_id)

    def new_uri(self, uri: str) -> str:
        """Where a path in the files of a run or model is now."""
        plain = uri.removeprefix("file://")
        for old, new in self._moved.items():
            root = old.removeprefix("file://")
            if root and (plain == root or plain.startswith(f"{root}/")):
                return new + plain.removeprefix(root)
        return uri

    def _open(self, uri: str, run_id: str, model_id: str) -> Artifacts | None:
        try:
            return self._source.artifacts(uri, run_id=run_id, model_id=model_id)
        except ForeignStorageError:
            self._summary.notes.append(f"{uri} is not in reach of this machine: the files there are left out")
            return None

    def _copy_from(self, theirs: Artifacts, ours: Artifacts, uri: str) -> None:
        """What is here already with its size is not copied again."""
        if isinstance(theirs, UnpackedArtifacts) and (directory := ours.local_directory()) is not None:
            copied = list(theirs.copy_missing(directory))
            self._summary.files += len(copied)
            self._summary.bytes += sum(copied)
            if copied:
                there = [(directory / path).is_file() for path in theirs.files()]
                self._summary.compare(uri, {"files": (len(there), sum(there))})
            return
        wanted = {info.path: info.file_size for info in find_files(theirs)}
        known = {info.path: info.file_size for info in find_files(ours)} if wanted else {}
        missing = [path for path, size in wanted.items() if known.get(path, -1) != size]
        for path in missing:
            with theirs.open(path) as file:
                ours.write(path, iter(lambda: file.read(CHUNK), b""))
            self._summary.files += 1
            self._summary.bytes += wanted[path] or 0
        if missing:
            found = {info.path: info.file_size for info in find_files(ours)}
            same = sum(found.get(path, -1) == size for path, size in wanted.items())
            self._summary.compare(uri, {"files": (len(wanted), same)})
