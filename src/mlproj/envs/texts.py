"""Reading the files of an environment: whole, as text, or one clear error."""

from pathlib import Path

from mlproj.errors import EnvironmentSpecError

LARGEST = 4 * 1024 * 1024


def read_text(file: Path) -> str:
    """The text of a file in UTF-8, a byte order mark cut off and line ends made plain.

    Raises EnvironmentSpecError for what is no text file: a directory, binary data, something far too large.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise EnvironmentSpecError("no such file", where=str(file)) from error
    except IsADirectoryError as error:
        raise EnvironmentSpecError("is a directory, not a file", where=str(file)) from error
    except OSError as error:
        raise EnvironmentSpecError(f"cannot be read: {error.strerror}", where=str(file)) from error
    if len(data) > LARGEST:
        raise EnvironmentSpecError("is larger than 4 MB; no environment file is", where=str(file))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise EnvironmentSpecError("is not text in UTF-8", where=f"{file}:{line}", hint="save it as UTF-8") from error
    if "\0" in text:
        raise EnvironmentSpecError("is not a text file: it holds zero bytes", where=str(file))
    return text.replace("\r\n", "\n").replace("\r", "\n")
