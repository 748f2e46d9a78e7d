"""The databases that the comparison runs on: where a project finds its own, and how it is emptied."""

import os
import subprocess
import sys


class Sqlite:
    """A file in the folder of the project."""

    title = "SQLite"
    packages = ()

    def url(self, tool, name):
        return "sqlite://app.db" if tool == "autogen" else "sqlite:///app.db"

    def empty(self, folder, tool, name):
        (folder / "app.db").unlink(missing_ok=True)


class Postgres:
    """A database for each project on a server that is there: AUTOGEN_TEST_POSTGRES15_URL."""

    title = "PostgreSQL"
    packages = ("psycopg[binary]",)

    def __init__(self):
        self.server = os.environ.get("AUTOGEN_TEST_POSTGRES15_URL")
        if not self.server:
            sys.exit(
                "no server: scripts/test --servers postgres15 -- benches/compare --database postgres"
            )

    def database(self, tool, name):
        return f"bench_{name}_{tool}"

    def url(self, tool, name):
        address = self.server.rpartition("/")[0] + "/" + self.database(tool, name)
        return address if tool == "autogen" else address.replace("postgres:", "postgresql+psycopg:", 1)

    def empty(self, folder, tool, name):
        database = self.database(tool, name)
        for statement in (f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database}"):
            self.psql(self.server, "-c", statement)

    def psql(self, url, *arguments):
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
