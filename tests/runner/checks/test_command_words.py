import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlproj.runner.checks.command_words import absolute_paths, network_uses


@pytest.mark.parametrize(
    ("command", "paths"),
    [
        ("python /home/me/train.py --data=/data", ["/home/me/train.py", "/data"]),
        ("echo a >/tmp/x 2>> /tmp/y < /tmp/x", ["/tmp/x", "/tmp/y"]),
        ("echo a > '/tmp/it''s.txt'", ["/tmp/its.txt"]),
        ("ls ~/data ~me/z $HOME/x ${{HOME}}/y", ["~/data", "~me/z", "$HOME/x", "${{HOME}}/y"]),
        ("PYTHONPATH=/opt/a:/opt/b python x", ["/opt/a", "/opt/b"]),
        ("""python -c "open('/home/x/y')" """, ["/home/x/y"]),
        ("bash -c 'cat /a/b' && sh -c 'cat /c'", ["/a/b", "/c"]),
        ("/opt/conda/bin/python train.py", ["/opt/conda/bin/python"]),
        ("[ -f /etc/x ] && cat $(ls /srv/y)", ["/etc/x", "/srv/y"]),
        ('echo "never closed /tmp/a', ["/tmp/a"]),
        ("sed '/^#/d' x > /tmp/z", ["/tmp/z"]),
    ],
)
def test_paths_of_this_machine(command: str, paths: list[str]) -> None:
    assert absolute_paths(command) == tuple(paths)


@pytest.mark.parametrize(
    "command",
    [
        "cat {x}/y ./a/b ../c/d > /dev/null 2>/dev/stderr",
        "/usr/bin/env python x; /bin/sh y.sh; exec 3< /proc/self/fd/0",
        "awk '/foo/ {{print}}' x | grep '/bar/' | sed -e 's/a/b/'",
        "uvicorn app --root-path /api/v1 --static-prefix=/mlflow",
        "python t.py --uri https://host/a/b s3://bucket/key file.txt",
        "python t.py 1/2 a/b=c/d",
        "# see /home/me/notes\npython t.py",
        "cd / && ls",
        "",
    ],
)
def test_what_is_no_path_of_this_machine(command: str) -> None:
    assert absolute_paths(command) == ()


@pytest.mark.parametrize(
    ("command", "uses"),
    [
        ("curl https://h/a.csv > d.csv && wget -q x.org/b", ["curl https://h/a.csv", "wget"]),
        ("pip install six | cat\npython -m pip install y", ["pip install", "python -m pip install"]),
        ("FOO=1 sudo /usr/bin/curl u", ["curl"]),
        ("git -C x clone --depth 1 u && git push", ["git -C x clone"]),
        ("python t.py --uri s3://b/k 'http://h/x y'", ["s3://b/k", "http://h/x"]),
        ("for f in a b; do curl $f; done; if true; then wget u; fi", ["curl", "wget"]),
        ("echo $(curl x) `wget y`", ["curl", "wget"]),
        ("rsync -a host:/x y; scp host:z .", ["rsync", "scp"]),
        (
            "apt-get -y install x; conda env update -f e.yml; npm ci",
            ["apt-get -y install", "conda env update", "npm ci"],
        ),
        ("bash -c 'aws s3 cp s3://b/k .'", ["aws s3 s3://b/k"]),
        ("curl \\\n  https://h/x", ["curl https://h/x"]),
    ],
)
def test_what_uses_the_network(command: str, uses: list[str]) -> None:
    assert [use.text for use in network_uses(command)] == uses


@pytest.mark.parametrize(
    "command",
    [
        "python curl.py --wget; echo curl; cat wget.txt",
        "python t.py --tracking-uri http://localhost:5000 --other http://127.0.0.1",
        "curl -s http://localhost:8080/health",
        "pip list; pip --version; git status; git log --format=%h; conda list; rsync -a x y",
        "uv run train.py; python -m pipeline install",
        "# curl https://h/x\npython t.py",
    ],
)
def test_what_does_not_use_the_network(command: str) -> None:
    assert network_uses(command) == ()


@given(st.text(alphabet="ab/~$ '\"`\\;&|()<>#{}=:\n-é🚀", max_size=40))
def test_any_text_is_read(command: str) -> None:
    for path in absolute_paths(command):
        assert path.lstrip("~$HOME{}")
    network_uses(command)
