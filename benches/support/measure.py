"""Processor time of commands: user and system time of the command and all that it waited for. And
the time that a clock on the wall shows, where a server does part of the work."""

import os
import statistics
import subprocess
import sys
import time


def cpu(command, folder, environment=None):
    """Runs the command once and gives its processor time in seconds."""
    with open(os.path.join(folder, ".output"), "wb+") as output:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            output.seek(0)
            tail = output.read()[-2000:].decode(errors="replace")
            sys.exit(f"exit code {child.returncode} of {' '.join(command)}:\n{tail}")
    return usage.ru_utime + usage.ru_stime


def wall(command, folder):
    """Runs the command once and gives the seconds that passed."""
    start = time.monotonic()
    cpu(command, folder)
    return time.monotonic() - start


def median(runs, command, folder, before=None, clock=cpu):
    """The median of some runs, after one that warms the caches. `before` is not measured."""
    times = []
    for _ in range(runs + 1):
        if before:
            before()
        times.append(clock(command, folder))
    return statistics.median(times[1:])
