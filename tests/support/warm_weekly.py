"""A process that has everything loaded and forks one of its own for each command: `cli` talks to it.

Every line of the input is a job in JSON, every line of the output the exit code of one. The argument is the
folder that keeps what the MJML engine has made.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path

import alembic.command
import sqlalchemy.dialects.sqlite.pysqlite
import structlog

import pipeline.cli
from support.warm import warm_up

LOADED = (alembic.command, sqlalchemy.dialects.sqlite.pysqlite, structlog)


def serve() -> None:
    """Run one job after the other, each in a child."""
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            run(job)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
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
    code = 1
    try:
        pipeline.cli.main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking down all that was imported would cost more than most commands


if __name__ == "__main__":
    warm_up(Path(sys.argv[1]))
    gc.disable()  # no command lives long enough to gain by it, and it would copy pages that are shared
    serve()
