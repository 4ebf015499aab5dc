"""The log of a bug of ours, ready to be attached to a report."""

import platform
import sys
import tempfile
import traceback
from pathlib import Path

from mlproj.system.stderr import say
from mlproj.version import VERSION


def write_log(error: BaseException) -> Path:
    """Write versions and traceback to a file of their own; argument values are left out, they may be secret."""
    lines = [
        f"mlproj {VERSION}",
        f"python {sys.version}",
        f"platform {platform.platform()}",
        "".join(traceback.format_exception(error)),
    ]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="mlproj-bug-", suffix=".log", delete=False, encoding="utf-8"
        ) as file:
            file.write("\n".join(lines))
    except OSError:  # no directory to write to: then the traceback is all there is
        say("\n".join(lines))
        return Path("what stands above")
    return Path(file.name)
