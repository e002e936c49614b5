"""A process that has everything loaded and forks one of its own for each command: `cli` talks to it.

Every line of the input is a job in JSON, answered by the number of its process and by its exit code, a line
each. The argument is the folder that keeps what the MJML engine has made.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import resource
import signal
import sqlite3
import sys
import time
import traceback
from functools import wraps
from pathlib import Path

import alembic.command
import feedparser
import sqlalchemy.dialects.sqlite.pysqlite
import structlog
from sqlalchemy import event
from sqlalchemy.pool import Pool

from pipeline.feeds import parser_worker
from support import killable_run
from support.warm import warm_up

LOADED = (alembic.command, feedparser, killable_run, sqlalchemy.dialects.sqlite.pysqlite, structlog)
OURS = ("pipeline", "subscribers")
PARSER = ("-m", parser_worker.__name__)


def serve() -> None:
    """Run one job after the other, each in a child."""
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            run(job)
        answer(child)
        answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def run(job: dict[str, object]) -> None:
    """Be `weekly` in the place and the environment of the job, and end."""
    for number, path in enumerate((os.devnull, job["stdout"], job["stderr"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.stdin = open(0)  # noqa: SIM115 - the new standard input
    if job["largest_file"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest_file"],) * 2)
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    os.chdir(job["cwd"])
    sys.argv = ["weekly", *job["args"]]
    if job["site"]:
        add_site(job["site"])
    code = 1
    try:
        importlib.import_module(job["program"]).main()
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking down all that was imported would cost more than most commands


def add_site(folders: list[str]) -> None:
    """Have what is in folders installed, too, and nothing of ours imported before it was."""
    sys.path[:0] = folders
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]


@event.listens_for(Pool, "checkout")
def spare_syncing(connection: object, *_: object) -> None:
    """Wait for no disk: what dies in a test is the program, not the machine."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def fork_parsers() -> None:
    """Let a command fork the children that parse its feeds, instead of starting an interpreter for each.

    Everything else of them is as it is: their pipes, their limits, their end.
    """
    start = asyncio.create_subprocess_exec

    @wraps(start)
    async def start_or_fork(program, *args, **how):
        return await start(program, *args, **how, preexec_fn=parse if args == PARSER else None)

    asyncio.create_subprocess_exec = start_or_fork


def parse() -> None:
    """Be a parser, and end: called where the child would become another program."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # one of them tells the parent that the program has begun
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        parser_worker.limit_process()
        parser_worker.serve(open(0, "rb"), open(1, "wb"))  # noqa: SIM115 - until the process ends
    finally:
        os._exit(0)


if __name__ == "__main__":
    fork_parsers()
    warm_up(Path(sys.argv[1]))
    gc.disable()  # no command lives long enough to gain by it, and it would copy pages that are shared
    serve()
