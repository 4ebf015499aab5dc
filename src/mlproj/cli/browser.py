"""Opening the page, where there is somebody to see it."""

import sys
from collections.abc import Mapping

REMOTE = ("SSH_CONNECTION", "SSH_TTY")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def open_page(address: str, environ: Mapping[str, str]) -> None:
    """Open the browser on a desktop, if the command was typed at a terminal there."""
    if is_desktop(environ) and sys.stdin.isatty() and sys.stdout.isatty():
        import webbrowser
        from threading import Thread

        Thread(target=webbrowser.open, args=(address,), name="mlproj-browser", daemon=True).start()


def is_desktop(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    if any(environ.get(name) for name in REMOTE):
        return False
    return platform == "darwin" or any(environ.get(name) for name in DISPLAYS)
