"""What git prints when it fails -> one line that a user can act on. Pure."""

from mlproj.errors import SourceError

_CAUSES: tuple[tuple[tuple[str, ...], str, str | None], ...] = (
    (
        ("No space left on device", "Disk quota exceeded", "File too large"),
        "no space is left on the disk",
        "free some, or set MLPROJ_CACHE_DIR",
    ),
    (
        ("Host key verification failed",),
        "the server's ssh host key is not known here",
        "connect once with ssh by hand, or add it with ssh-keyscan to ~/.ssh/known_hosts",
    ),
    (
        ("SSL certificate problem", "server certificate verification failed", "unable to get local issuer certificate"),
        "the server's certificate is not trusted here",
        "name your certificate authority with GIT_SSL_CAINFO or http.sslCAInfo",
    ),
    (
        (
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "HTTP Basic: Access denied",
            "Permission denied (",
            "returned error: 403",
            "returned error: 401",
            "Permission denied, please try again",
        ),
        "the server refuses access",
        "check that git's credential helper or your ssh agent knows this server; without a terminal nothing is asked",
    ),
    (
        (
            "Could not resolve host",
            "Name or service not known",
            "nodename nor servname",
            "Temporary failure in name",
            "unable to look up",
        ),
        "the server's name is not known",
        "check the URL and your network",
    ),
    (
        (
            "Connection refused",
            "Failed to connect",
            "unable to connect",
            "Connection timed out",
            "timed out",
            "Network is unreachable",
            "No route to host",
            "Couldn't connect",
            "Could not connect",
        ),
        "the server does not answer",
        "check the URL and your network",
    ),
    (
        (
            "not found",
            "does not appear to be a git repository",
            "access denied or repository not exported",
            "No such file or directory",
            "returned error: 404",
            "not a git repository",
        ),
        "there is no such repository, or it is private",
        "check the URL; a private repository needs a credential helper or an ssh key",
    ),
    (
        ("The remote end hung up", "early EOF", "RPC failed", "Connection reset", "returned error: 5"),
        "the server ended the connection",
        "try again",
    ),
)

_DAMAGE = (
    "did not send all necessary objects",
    "object file",
    "bad object",
    "corrupt",
    "unable to read",
    "too short",
    "too small",
    "missing blob",
    "missing tree",
    "unable to parse",
    "not a git repository: '/",
    "bad config",
)


def explain(where: str, text: str) -> SourceError:
    """The error for a git program that failed; `text` is what it printed, without credentials."""
    for signs, message, hint in _CAUSES:
        if any(sign in text for sign in signs):
            return SourceError(message, where=where, hint=hint, detail=text)
    return SourceError(f"git failed: {_last_words(text)}", where=where, detail=text)


def is_missing_object(text: str) -> bool:
    """Whether the server says that it has no such commit, so that asking for more is no use."""
    return any(sign in text for sign in ("not our ref", "couldn't find remote ref"))


def is_damaged(text: str) -> bool:
    """Whether git stumbled over a mirror of ours that lost some of its objects."""
    return any(sign in text for sign in _DAMAGE)


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    return (fatal or lines or ["it said nothing"])[-1].removeprefix("fatal: ").removeprefix("error: ")
