"""Which files must not be kept, by name and by content."""

import pytest

from mlproj.source.capture.secret_files import SecretFinder, has_secret_name, is_secret_name, secrets_of


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "a/.env.local",
        ".ENV",
        "x/server.pem",
        "private.key",
        "id_rsa",
        "id_ed25519.pub",
        "a/b/credentials.json",
        ".netrc",
        ".npmrc",
        ".pypirc",
    ],
)
def test_names_of_secrets(path: str) -> None:
    assert has_secret_name(path)


@pytest.mark.parametrize("path", ["env.py", "environment.yaml", "keys.py", "monkey", "pem/x.py", "my_credentials.py"])
def test_other_names(path: str) -> None:
    assert not has_secret_name(path)


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "password", "MY_APIKEY"]
)
def test_variables_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert secrets_of({name: "a-long-value"}) == ("a-long-value",)


@pytest.mark.parametrize("name", ["PWD", "OLDPWD", "HOME", "TOKENIZERS_PARALLELISM", "KEYBOARD", "MONKEY"])
def test_other_variables(name: str) -> None:
    assert secrets_of({name: "a-long-value"}) == ()


def test_passwords_in_urls_and_short_values_and_paths() -> None:
    environ = {
        "DATABASE_URL": "postgres://ada:love-lace@host/db",
        "X_TOKEN": "short",
        "SSH_KEY_PASSWORD": "/run/secrets/it",
        "PLAIN_URL": "https://host/x",
    }
    assert secrets_of(environ) == ("love-lace", "postgres://ada:love-lace@host/db")


@pytest.mark.parametrize(
    "content",
    [
        b"-----BEGIN " + b"OPENSSH PRIVATE KEY-----",
        b"-----BEGIN " + b"PRIVATE KEY-----",
        b"key = 'AKIA" + b"ABCDEFGHIJKLMNOP'",
        b"ghp_" + b"a" * 36,
        b"glpat-" + b"a" * 20,
        b"hf_" + b"a" * 34,
        b"https://ada:lovelace@host/x",
        b"redis://:s3cr3t@[::1]:6379",
        b"x" * 1000 + b"\x00\xff value-known \x00",
    ],
)
def test_contents_with_secrets(content: bytes) -> None:
    assert SecretFinder(["value-known"]).is_in(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"https://host:8080/x@y",
        b"https://user@host/",
        b"postgres://{user}:{password}@{host}",
        b"postgres://user:password@localhost/db",
        b"git@host:path",
        b"-----BEGIN PUBLIC KEY-----",
        b"AKIA",
        b"skip-this",
        b"http://a: b@c",
    ],
)
def test_contents_without(content: bytes) -> None:
    assert not SecretFinder(["value-known", "short"]).is_in(content)


def test_a_finder_can_learn_more() -> None:
    finder = SecretFinder(["value-known"]).knowing(["one-more", None, ""])
    assert finder.is_in(b"one-more")
    assert finder.is_in(b"value-known")
    assert finder.fingerprint != SecretFinder().fingerprint
    assert len(finder.fingerprint) == 4
