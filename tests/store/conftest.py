"""A real PostgreSQL, started for the session of tests from the machine's own packages."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest


def postgres_bin():
    """Folder of PostgreSQL's server programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).resolve().parent if named else None


def unprivileged():
    """PostgreSQL refuses to run as root: the account to run it under, if we are root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid}
    return {}


@pytest.fixture(scope="session")
def postgres_url():
    programs = postgres_bin()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed on this machine")
        pytest.skip("PostgreSQL is not installed on this machine")
    pytest.importorskip("psycopg")
    account = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="comparia-pg-", dir="/tmp"))
    if account:
        os.chown(folder, account["user"], account["group"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    options = {"env": environment, "cwd": folder, "check": True, "stdout": subprocess.DEVNULL, **account}
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "comparia", "-A", "trust", "-E", "UTF8", "--no-sync"], **options
        )
        flags = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        start = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", flags, "start"]
        subprocess.run(start, **options)
        yield f"postgresql://comparia@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **{**options, "check": False})
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.xdist_group("postgres")])]
)
def url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/comparia.db"
    import psycopg

    base = request.getfixturevalue("postgres_url")
    name = f"t{abs(hash(str(tmp_path))) % 10**12}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return base.rsplit("/", 1)[0] + f"/{name}"
