"""The environment and the options that every git program of ours runs with. Pure."""

import re
from collections.abc import Mapping
from pathlib import Path

PROTOCOLS = "https:http:ssh:git:file"
_KEPT = re.compile(
    r"GIT_(EXEC_PATH|ASKPASS|PROXY_COMMAND|SSH|SSH_COMMAND|SSH_VARIANT|SSL_[A-Z_]+|HTTP_[A-Z_]+|CURL_FTP_NO_EPSV"
    r"|CONFIG_(COUNT|KEY_\d+|VALUE_\d+|GLOBAL|SYSTEM|NOSYSTEM))"
)
OPTIONS = (
    "advice.detachedHead=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "fetch.unpackLimit=1",
    "gc.auto=0",
    "init.defaultBranch=main",
    "maintenance.auto=false",
    "protocol.version=2",
    "submodule.recurse=false",
)


def git_environ(environ: Mapping[str, str], *, terminal: bool) -> dict[str, str]:
    """The caller's environment without the GIT_* variables that point git elsewhere; English, and no foreign protocol.

    A caller's GIT_ALLOW_PROTOCOL may allow fewer. Without a terminal nothing may ask: neither git, nor ssh, nor a
    window of the desktop's.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith("GIT_") or _KEPT.fullmatch(name)}
    kept |= {
        "GIT_ALLOW_PROTOCOL": _allowed(environ.get("GIT_ALLOW_PROTOCOL")),
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
    if not terminal:
        kept |= {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "SSH_ASKPASS_REQUIRE": "never"}
        kept.pop("SSH_ASKPASS", None)
    return kept


def _allowed(given: str | None) -> str:
    """The protocols that git may use."""
    if given is None:
        return PROTOCOLS
    wanted = set(given.split(":"))
    return ":".join(name for name in PROTOCOLS.split(":") if name in wanted)


def batch_mode(ssh_command: str) -> str:
    """The ssh command, told never to ask; a program that is not OpenSSH is left alone."""
    program = ssh_command.partition(" ")[0].rpartition("/")[2].strip("'\"")
    return f"{ssh_command} -o BatchMode=yes" if program == "ssh" else ssh_command


def config_text(
    included: list[str], host: str | None = None, username: str | None = None, *, password: bool = False
) -> str:
    """A global git configuration: the user's own, and what only this call needs.

    Git refuses a repository that another user owns, unless the global configuration says otherwise (on the command
    line, git before 2.38 does not listen). Credentials come from variables: this file holds none.
    """
    lines = [f"[include]\n\tpath = {quoted(path)}" for path in included]
    lines.append("[safe]\n\tdirectory = *")
    lines.append("[uploadpack]\n\tallowAnySHA1InWant = true")
    if host and password:
        helper = (
            '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n"'
            ' "$MLPROJ_GIT_USERNAME" "$MLPROJ_GIT_PASSWORD"; }; f'
        )
        lines.append(f"[credential {quoted(host)}]\n\thelper =\n\thelper = {quoted(helper)}")
    elif host and username:
        lines.append(f"[credential {quoted(host)}]\n\tusername = {quoted(username)}")
    return "\n".join([*lines, ""])


def remembering(socket: Path) -> str:
    """More configuration: what a user answered is kept in memory, so that one fetch asks once."""
    helper = f"cache --timeout=300 --socket='{socket}'"
    return f"[credential]\n\thelper = {quoted(helper)}\n"


def user_config_files(environ: Mapping[str, str]) -> list[str]:
    """The files that git reads as the user's configuration; they need not exist."""
    if "GIT_CONFIG_GLOBAL" in environ:
        return [environ["GIT_CONFIG_GLOBAL"]] if environ["GIT_CONFIG_GLOBAL"] else []
    home = environ.get("HOME")
    xdg = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    return [path for path in (f"{xdg}/git/config" if xdg else None, f"{home}/.gitconfig" if home else None) if path]


def quoted(text: str) -> str:
    """Text in quotes, as git reads it in its files."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
