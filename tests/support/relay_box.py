"""A Debian of its own for one real mail server: the machine's files below an overlay in memory, and
namespaces for mounts, processes, network, host name and IPC. Nothing of it is left when its owner ends.

Run as a program it is the first process of such a box: `relay_box.py ROOT PACKAGE…`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MOUNT = r"""
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$0"
cd "$0"
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=$0/upper,workdir=$0/work root
cd root
"""
"""Puts an overlay in memory above the machine's files, in the folder given."""

PREPARE = rf"""{MOUNT}
# It may lead into /run, which the box has of its own.
names=$(cat /etc/resolv.conf || true)
rm -f etc/resolv.conf
echo "$names" > etc/resolv.conf
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
chmod 1777 tmp
printf '#!/bin/sh\nexit 101\n' > usr/sbin/policy-rc.d
chmod +x usr/sbin/policy-rc.d
echo relay.letter.test > etc/mailname
get() {{ DEBIAN_FRONTEND=noninteractive chroot . apt-get -qq -y -o APT::Sandbox::User=root "$@"; }}
install() {{ get install --no-install-recommends $PACKAGES; }}
install || {{ get update; install; }}
printf '127.0.0.1 localhost relay.letter.test\n127.0.1.1 news.letter.test news\n' > etc/hosts
: > etc/resolv.conf
mkdir -p var/lab
exec unshare -n -u -i "$PYTHON" "$FIRST" "$PWD"
"""
"""Installs the packages as Debian does, without starting anything, and then cuts the network off."""


REFUSED = "Operation not permitted"
"""What `unshare` and `mount` print where the kernel forbids namespaces or an overlay."""


class CannotBoxError(Exception):
    """The servers cannot be installed, and why."""


class Box:
    """One box with the packages given; it ends with `close`, or with the process that made it."""

    def __init__(self, folder: Path, *packages: str) -> None:
        log = (folder / "install.log").open("w+b")
        self._process = subprocess.Popen(
            ["unshare", "-m", "-p", "--fork", "--kill-child", "bash", "-c", PREPARE, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "PACKAGES": " ".join(packages),
                "PYTHON": sys.executable,
                "FIRST": __file__,
            },
        )
        self._log = log
        self._pid = ""

    def wait(self) -> Box:
        """Return when the packages are installed; raises CannotBoxError with the end of apt's words."""
        ready = next((line for line in self._process.stdout if line.startswith(b"ready ")), None)
        if ready is None:
            self._log.seek(0)
            tail = self._log.read().decode("utf-8", "replace").strip().splitlines()[-3:]
            self.close()
            raise CannotBoxError("the packages cannot be installed: " + " / ".join(tail))
        self._root = ready.split()[1].decode()
        (children,) = Path(f"/proc/{self._process.pid}/task/{self._process.pid}").glob("children")
        self._pid = children.read_text().split()[0]
        return self

    @property
    def root(self) -> Path:
        """The box's file system, as this process sees it."""
        return Path(f"/proc/{self._pid}/root{self._root}")

    def run(self, script: str, *, check: bool = True) -> str:
        """Run a shell script in the box; returns what it printed on both streams."""
        inside = ["-m", "-p", "-n", "-u", "-i", "chroot", self._root, "sh", "-c", script]
        done = subprocess.run(
            ["nsenter", "-t", self._pid, *inside],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
            check=False,
        )
        text = done.stdout.decode("utf-8", "replace")
        assert not check or done.returncode == 0, f"{script}\n{text}"
        return text

    def beside(self) -> list[str]:
        """Return what to put before a command that shall run on this machine in the box's network."""
        return ["nsenter", "-t", self._pid, "-n", "--"]

    def close(self) -> None:
        """End everything that runs in the box."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()


def find_obstacle() -> str:
    """Return why this machine does not allow boxes; empty if it does."""
    absent = [
        each for each in ("unshare", "nsenter", "apt-get", "dpkg", "bash") if shutil.which(each) is None
    ]
    if absent:
        return f"{', '.join(absent)} is not installed (boxes are made of Debian's packages)"
    if os.geteuid() != 0:
        return "boxes need root: namespaces, an overlay and Debian's installer"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["unshare", "-m", "-p", "-n", "-u", "-i", "--fork", "bash", "-c", MOUNT, folder],
            capture_output=True,
            check=False,
        )
    return done.stderr.decode().strip() if done.returncode else ""


def main() -> None:
    """Be the first process of a box: bring the network up, collect the dead, end when nobody listens."""
    import fcntl
    import signal
    import socket
    import struct

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    socket.sethostname("news")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP and IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS
    os.write(1, f"ready {sys.argv[1]}\n".encode())
    os.close(1)
    os.read(0, 1)


if __name__ == "__main__":
    main()
