"""`mlproj users`: the file of users that `mlproj server --auth` reads."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from mlproj.cli.options import json_option
from mlproj.cli.output import note, print_json, print_table
from mlproj.errors import UsageError

ROLES = ("read", "write", "admin")
FILE = click.Path(path_type=Path, dir_okay=False)
file_argument = click.argument("file", type=FILE)
name_argument = click.argument("name")


@click.group()
def command() -> None:
    """Say who may use a server, and what they may do. FILE is what `mlproj server --auth FILE` reads."""


@command.command()
@file_argument
@name_argument
@click.option("--role", type=click.Choice(ROLES), default="write", show_default=True, help="read, write or admin.")
@click.option("--replace", "replaces", is_flag=True, help="Change the password and the role of a user who is there.")
def add(file: Path, name: str, role: str, *, replaces: bool) -> None:
    """Add a user. The password is asked for, or read from standard input: its first line.

    \b
    Example:
      mlproj users add users.json ada --role admin
    """
    from mlproj.server.access.passwords import hash_password
    from mlproj.server.access.users import Role, User, Users, read_users, write_users

    users = read_users(file) if file.exists() else Users()
    known = users.by_name.get(name)
    users.adding(User(name=name, role=Role(role), password=""), replace=replaces)
    tokens = known.tokens if known else ()
    user = User(name=name, role=Role(role), password=hash_password(_password(name)), tokens=tokens)
    write_users(file, users.adding(user, replace=replaces))
    note(f"{'changed' if known else 'added'} {name} with the role {role}")


@command.command()
@file_argument
@name_argument
def remove(file: Path, name: str) -> None:
    """Remove a user, with the tokens.

    \b
    Example:
      mlproj users remove users.json ada
    """
    from mlproj.server.access.users import read_users, write_users

    write_users(file, read_users(file).removing(name))
    note(f"removed {name}")


@command.command("list")
@file_argument
@json_option
def list_users(file: Path, *, as_json: bool) -> None:
    """List the users and their roles.

    \b
    Example:
      mlproj users list users.json
    """
    from mlproj.server.access.users import read_users

    users = read_users(file).by_name.values()
    if as_json:
        print_json([{"name": user.name, "role": user.role.value, "tokens": len(user.tokens)} for user in users])
        return
    print_table(["NAME", "ROLE", "TOKENS"], [[user.name, user.role.value, str(len(user.tokens))] for user in users])


@command.command()
@file_argument
@name_argument
@click.option("--revoke", is_flag=True, help="Take all tokens of the user back instead.")
def token(file: Path, name: str, *, revoke: bool) -> None:
    """Print a new token of a user, for MLFLOW_TRACKING_TOKEN. It is shown this once.

    \b
    Example:
      mlproj users token users.json ada
    """
    from mlproj.server.access.passwords import hash_token, new_token
    from mlproj.server.access.users import read_users, write_users

    users = read_users(file)
    user = users.get(name)
    if revoke:
        write_users(file, users.adding(replace(user, tokens=()), replace=True))
        note(f"{name} has no tokens any more")
        return
    made = new_token()
    write_users(file, users.adding(replace(user, tokens=(*user.tokens, hash_token(made))), replace=True))
    click.echo(made)


def _password(name: str) -> str:
    from mlproj.server.access.passwords import LONGEST

    if sys.stdin.isatty():
        password = str(click.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True, err=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password or len(password) > LONGEST:
        raise UsageError(f"a password has 1 to {LONGEST} characters", hint="type it, or pipe it in")
    return password
