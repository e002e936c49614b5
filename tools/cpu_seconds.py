"""Run a command and print the CPU seconds that it and everything it started have used.

`python tools/cpu_seconds.py make test`. Unlike `time`, which counts what a parent has waited for, this counts
a daemon and a process whose parent died first, too: it becomes our child. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
FAREWELL_S = 20.0


def main() -> int:
    """Exit as the command did."""
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    code = subprocess.call(sys.argv[1:])
    wall = time.monotonic() - started
    left = reap_the_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = used.ru_utime + used.ru_stime
    print(
        f"cpu {total:.1f} s (user {used.ru_utime:.1f}, system {used.ru_stime:.1f}), wall {wall:.1f} s, "
        f"peak of one process {used.ru_maxrss // 1024} MB, processes that had to be stopped {left}",
        file=sys.stderr,
    )
    return code


def reap_the_orphans() -> int:
    """Wait for what outlived the command, stop what does not end; how many had to be stopped."""
    until, stopped = time.monotonic() + FAREWELL_S, 0
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return stopped
        if pid == 0:
            if time.monotonic() > until:
                stopped += stop_children()
                until = time.monotonic() + FAREWELL_S
            time.sleep(0.05)


def stop_children() -> int:
    """Kill the processes that have become our own children."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGKILL)
    return len(children)


if __name__ == "__main__":
    sys.exit(main())
