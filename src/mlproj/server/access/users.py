"""The file of users: names, roles, hashes. Written whole, readable by its owner only."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from mlproj.errors import AlreadyExistsError, DirectoryError, InvalidValueError, NotFoundError, SettingError
from mlproj.system.files import write_atomically

VERSION = 1
_NAME = re.compile(r"[^\s:\x00-\x1f\x7f]{1,100}")


class Role(StrEnum):
    """What a user may do; each may do what the one before may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        roles = list(Role)
        return roles.index(self) >= roles.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`password` and `tokens` are hashes."""

    name: str
    role: Role
    password: str
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    by_name: Mapping[str, User] = field(default_factory=dict)

    def adding(self, user: User, *, replace: bool = False) -> "Users":
        if not _NAME.fullmatch(user.name):
            raise InvalidValueError(
                f"{user.name[:100]!r} is no name for a user", hint="up to 100 characters, without spaces and colons"
            )
        if user.name in self.by_name and not replace:
            raise AlreadyExistsError(f"there is a user {user.name!r}", hint="use --replace, or remove it first")
        return Users(by_name=MappingProxyType({**self.by_name, user.name: user}))

    def removing(self, name: str) -> "Users":
        self.get(name)
        return Users(by_name=MappingProxyType({key: user for key, user in self.by_name.items() if key != name}))

    def get(self, name: str) -> User:
        if name not in self.by_name:
            raise NotFoundError(f"no user {name!r}", hint=f"there are: {', '.join(sorted(self.by_name)) or 'none'}")
        return self.by_name[name]


def read_users(path: Path) -> Users:
    """Raises SettingError if there is no such file, or not of ours."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        users = [_user(name, entry) for name, entry in document["users"].items()]
    except FileNotFoundError as error:
        raise SettingError(
            "there is no such file of users", where=str(path), hint=f"begin one with `mlproj users add {path} NAME`"
        ) from error
    except OSError as error:
        raise SettingError(f"the file of users cannot be read: {error.strerror}", where=str(path)) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SettingError(
            "this is no file of users", where=str(path), hint="it is written by `mlproj users add`"
        ) from error
    return Users(by_name=MappingProxyType({user.name: user for user in users}))


def write_users(path: Path, users: Users) -> None:
    document = {
        "version": VERSION,
        "users": {
            user.name: {"role": user.role.value, "password": user.password, "tokens": list(user.tokens)}
            for user in users.by_name.values()
        },
    }
    try:
        write_atomically(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n", mode=0o600)
    except OSError as error:
        raise DirectoryError(f"cannot write {path}: {error.strerror}", hint="check the directory") from error


def _user(name: str, entry: Mapping[str, object]) -> User:
    password, tokens = entry["password"], entry.get("tokens", [])
    if not isinstance(password, str) or not isinstance(tokens, list):
        raise TypeError(name)
    return User(
        name=name, role=Role(str(entry["role"])), password=password, tokens=tuple(str(token) for token in tokens)
    )
