"""The databases that the comparison runs on: where a project finds its own, and how it is emptied."""

import os
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()


class Sqlite:
    """A file in the folder of the project."""

    title = "SQLite"
    packages = ()

    def url(self, tool, name):
        return "sqlite://app.db" if tool == "autogen" else "sqlite:///app.db"

    def empty(self, folder, tool, name):
        (folder / "app.db").unlink(missing_ok=True)


class Server:
    """A server that is there, with a database on it for each project."""

    def __init__(self):
        self.server = os.environ.get(self.variable)
        if not self.server:
            sys.exit(f"no server: scripts/test --servers {self.kind} -- {' '.join(sys.argv)}")

    def database(self, tool, name):
        return f"bench_{name}_{tool}"

    def url(self, tool, name):
        address = self.server.rpartition("/")[0] + "/" + self.database(tool, name)
        return address if tool == "autogen" else address.replace(*self.driver, 1)

    def empty(self, folder, tool, name):
        database = self.database(tool, name)
        for statement in (f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database}"):
            self.run(self.server, statement)

    def run(self, url, sql):
        """Runs SQL in the server's own client."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(self.client(url), input=sql, text=True, check=True, **quiet)


class Postgres(Server):
    """PostgreSQL: AUTOGEN_TEST_POSTGRES15_URL."""

    title, kind, variable = "PostgreSQL", "postgres15", "AUTOGEN_TEST_POSTGRES15_URL"
    packages = ("psycopg[binary]",)
    driver = ("postgres:", "postgresql+psycopg:")
    dialect = "postgres"

    def client(self, url):
        """psql, which stops at the first mistake and prints rows bare."""
        return ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", url]


class Mariadb(Server):
    """MariaDB: AUTOGEN_TEST_MARIADB1011_URL."""

    title, kind, variable = "MariaDB", "mariadb1011", "AUTOGEN_TEST_MARIADB1011_URL"
    packages = ("pymysql",)
    driver = ("mysql:", "mysql+pymysql:")
    dialect = "mysql"

    def client(self, url):
        """The command-line client, from the machine or from what scripts/test fetched."""
        fetched = TARGET / "servers" / self.kind / "usr/bin"
        path = os.pathsep.join([os.environ.get("PATH", ""), str(fetched)])
        address = urllib.parse.urlsplit(url)
        return [
            shutil.which("mariadb", path=path) or sys.exit("there is no client `mariadb`"),
            "--no-defaults",
            "--batch",
            "--skip-column-names",
            f"--host={address.hostname}",
            f"--port={address.port}",
            f"--user={address.username}",
            address.path.lstrip("/"),
        ]


KINDS = {"sqlite": Sqlite, "postgres": Postgres, "mariadb": Mariadb}
