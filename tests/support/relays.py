"""Postfix, Exim and OpenSMTPD as relays, each in a box: set up by case, and read back by mailbox.

All letters to example.org land in one Maildir, which shows what was delivered and how often.
"""

from __future__ import annotations

import email
import email.policy
from typing import NamedTuple

from support.relay_box import Box

MAIL = "/var/lab/mail"
HOLDS_PORT = "until bash -c '</dev/tcp/127.0.0.1/25' 2>/dev/null; do sleep 0.1; done"


class Letter(NamedTuple):
    """One letter that a server took; `received` has its words about that, with its own number for it."""

    to: str
    message_id: str
    received: str


def signal_all(program: str, signal: str) -> str:
    """Return a script that ends every process of a program by a signal, and waits until it has."""
    each = f"for p in /proc/[0-9]*; do case $(readlink $p/exe) in */{program}) DO;; esac; done"
    send = each.replace("DO", f"kill -{signal} ${{p#/proc/}} 2>/dev/null")
    return f'{send}; while [ -n "$({each.replace("DO", "echo $p")})" ]; do sleep 0.05; done'


class Relay:
    """One server in its box."""

    packages: tuple[str, ...]
    prepare = ""

    def __init__(self, box: Box) -> None:
        self.box = box
        box.run(f"mkdir -p {MAIL} && chown mail {MAIL}\n{self.prepare}")

    def letters(self) -> set[Letter]:
        """Read what was delivered, to anyone.

        A server that is killed may deliver a letter again that it took once; that one counts once.
        """
        found = set()
        for path in sorted((self.box.root / MAIL.lstrip("/")).glob("*/new/*")):
            head = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if head["List-Unsubscribe"]:
                to = str(head["To"]).rpartition("<")[2].rstrip(">")
                found.add(Letter(to, head["Message-ID"].strip(), str(head["Received"])))
        return found

    def write(self, path: str, text: str) -> None:
        """Write a file of the box."""
        place = self.box.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def read(self, path: str) -> str:
        """Read a file of the box."""
        return (self.box.root / path.lstrip("/")).read_text()


class Postfix(Relay):
    """Debian's Postfix as it is installed, but for the mailboxes."""

    packages = ("postfix",)
    prepare = f"""
postconf -e myhostname=relay.letter.test mydestination= inet_protocols=ipv4 \\
    maillog_file=/var/log/postfix.log virtual_mailbox_domains=example.org \\
    virtual_mailbox_base={MAIL} virtual_mailbox_maps=static:all/ \\
    virtual_uid_maps=static:8 virtual_gid_maps=static:8 virtual_minimum_uid=1
postconf -M postlog/unix-dgram='postlog unix-dgram n - n - 1 postlogd'
cp /etc/postfix/main.cf /etc/postfix/main.cf.lab
"""

    def start(self, **settings: str) -> None:
        """Start from nothing, with these settings of main.cf besides the usual ones."""
        self.stop()
        self.box.run(f"postsuper -d ALL; rm -rf {MAIL}/*; cp /etc/postfix/main.cf.lab /etc/postfix/main.cf")
        self.change(**settings)
        self.begin()

    def change(self, **settings: str) -> None:
        """Change settings of main.cf; a running server must be reloaded to see them."""
        for name, value in settings.items():
            self.box.run(f"postconf -e '{name}={value}'")

    def write_map(self, name: str, text: str) -> None:
        """Write a table that settings call `texthash:/etc/postfix/NAME`."""
        self.write(f"/etc/postfix/{name}", text)

    def begin(self) -> None:
        self.box.run(f"postfix start 2>&1; {HOLDS_PORT}")

    def stop(self) -> None:
        self.box.run("postfix stop 2>&1", check=False)

    def drain(self) -> None:
        """Deliver what is in the queue."""
        self.box.run("postqueue -f; while postqueue -p | grep -q @example.org; do sleep 0.1; done")


_EXIM_MAILBOX = {
    "begin routers": "lab:\n  driver = accept\n  domains = example.org\n  transport = lab",
    "begin transports": f"lab:\n  driver = appendfile\n  maildir_format\n  directory = {MAIL}/all\n"
    "  create_directory\n  user = mail\n  group = mail",
}


class Exim(Relay):
    """Debian's Exim with its default of an internet site, but for the mailboxes."""

    packages = ("exim4-daemon-light",)
    prepare = "cp /etc/exim4/exim4.conf.template /etc/exim4/exim4.conf.lab"

    def start(self, *, main: str = "", rcpt: str = "", relays: str = "example.org") -> None:
        """Start from nothing: `main` goes before the configuration, `rcpt` to the front of its RCPT list.

        `relays` are the domains that letters of others are taken for.
        """
        self.stop()
        spool = "/var/spool/exim4"
        self.box.run(f"rm -rf {MAIL}/* {spool}/input/* {spool}/msglog/* {spool}/db/*")
        answers = {
            "dc_eximconfig_configtype": "internet",
            "dc_local_interfaces": "127.0.0.1",
            "dc_relay_domains": relays,
        }
        path = "/etc/exim4/update-exim4.conf.conf"
        kept = [line for line in self.read(path).splitlines() if line.partition("=")[0] not in answers]
        given = [f"{name}='{value}'" for name, value in answers.items()]
        self.write(path, "\n".join([*kept, *given, ""]))
        text = self.read("/etc/exim4/exim4.conf.lab")
        for heading, more in (("acl_check_rcpt:", rcpt), *_EXIM_MAILBOX.items()):
            assert text.count(f"\n{heading}\n") == 1
            text = text.replace(f"\n{heading}\n", f"\n{heading}\n\n{more}\n")
        self.write("/etc/exim4/exim4.conf.template", f"{main}\n{text}")
        self.begin()

    def begin(self) -> None:
        self.box.run(f"update-exim4.conf && exim4 -bd && {HOLDS_PORT}")

    def stop(self, signal: str = "TERM") -> None:
        self.box.run(signal_all("exim4", signal), check=False)

    def drain(self) -> None:
        """Deliver what is in the queue, as its half-hourly run does."""
        self.box.run("while exim4 -bp | grep -q @example.org; do exim4 -qff; done")


class OpenSmtpd(Relay):
    """Debian's OpenSMTPD with one mailbox."""

    packages = ("opensmtpd",)

    def start(self, *, takes: str = 'for domain "example.org"') -> None:
        """Start from nothing; `takes` is which letters of anyone are taken."""
        self.stop()
        self.box.run(f"rm -rf {MAIL}/* /var/spool/smtpd/queue/*")
        self.write(
            "/etc/smtpd.conf",
            'table readers { "@example.org" = "mail", "@elsewhere.test" = "mail" }\n'
            "listen on lo port 25 hostname relay.letter.test\n"
            f'action "box" maildir "{MAIL}/all" virtual <readers>\n'
            f'match from any {takes} action "box"\n',
        )
        self.begin()

    def begin(self) -> None:
        self.box.run(f"smtpd && {HOLDS_PORT}")

    def stop(self, signal: str = "TERM") -> None:
        self.box.run(signal_all("smtpd", signal), check=False)

    def drain(self) -> None:
        """Deliver what is in the queue."""
        self.box.run(
            "smtpctl schedule all; while smtpctl show queue | grep -q @example.org; do sleep 0.1; done",
            check=False,
        )
