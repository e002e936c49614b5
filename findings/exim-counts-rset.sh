#!/usr/bin/env bash
# Exim 4.96 (Debian 12: exim4-daemon-light 4.96-15+deb12u11) and Python's smtplib: a list with a dozen unknown
# readers ends the connection, although smtplib sends no more than one RSET between two letters.
#
# Expected, by Exim's manual on smtp_accept_max_nonmail (chapter 14): it counts commands other than MAIL, RCPT,
# DATA and QUIT, and "when a new message is expected, one occurrence of RSET is not counted", which allows "one
# RSET between messages". So a client that sends one RSET after each refused reader would not reach the limit of
# ten. smtplib's documentation of sendmail() says that the connection stays open after a refused recipient.
#
# Seen: the RSET after MAIL and a refused RCPT is counted every time. After twelve refused readers Exim closes the
# connection ("too many nonmail commands" in its log), and smtplib raises SMTPServerDisconnected for a reader
# who was never named: also for one who exists.
#
# Needs root on Debian 12 with apt-get and network: namespaces and an overlay in memory, nothing is left.
set -euo pipefail
EXIM=4.96-15+deb12u11
work=$(mktemp -d)
trap 'rmdir "$work"' EXIT

seen=$(unshare -m -p --fork --kill-child bash -s "$work" "$EXIM" <<'BOX'
set -euo pipefail
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" root
cd root
names=$(cat /etc/resolv.conf)
rm -f etc/resolv.conf
echo "$names" >etc/resolv.conf
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
printf '#!/bin/sh\nexit 101\n' >usr/sbin/policy-rc.d
chmod +x usr/sbin/policy-rc.d
DEBIAN_FRONTEND=noninteractive chroot . apt-get -qq -y -o APT::Sandbox::User=root install --no-install-recommends \
    "exim4-daemon-light=$2" "exim4-base=$2" "exim4-config=$2" iproute2 >/dev/null 2>&1 </dev/null
: >etc/resolv.conf
printf '127.0.0.1 localhost\n127.0.1.1 mail.news.test news\n' >etc/hosts
sed -i "s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype='internet'/
    s/^dc_local_interfaces=.*/dc_local_interfaces='127.0.0.1'/" etc/exim4/update-exim4.conf.conf
echo "dc_other_hostnames='localhost'" >>etc/exim4/update-exim4.conf.conf
cat >tmp/refused.py <<'PY'
import smtplib

# Not 127.0.0.1, for which Debian's Exim relays: unknown readers are refused at once.
client = smtplib.SMTP("127.0.0.1", 25, "news.test", source_address=("127.0.0.2", 0))
readers = [f"nobody{n}@localhost" for n in range(1, 13)] + ["root@localhost"]
for number, reader in enumerate(readers, 1):
    try:
        client.sendmail("", [reader], b"Subject: x\r\n\r\nhello\r\n")
        answer = "accepted"
    except smtplib.SMTPRecipientsRefused as refused:
        ((code, words),) = refused.recipients.values()
        answer = f"{code} {words.decode()}"
    except smtplib.SMTPServerDisconnected as gone:
        answer = f"SMTPServerDisconnected: {gone}"
    if number in (1, 11, 12, 13):
        print(number, reader, answer)
PY
exec unshare -n -u chroot . bash -c '
    # In the background: below PID 1, which this shell is, Exim does not become a daemon.
    hostname news; ip link set lo up; update-exim4.conf; exim4 -bdf >/dev/null 2>&1 &
    until (exec 3<>/dev/tcp/127.0.0.1/25) 2>/dev/null; do sleep 0.1; done
    /usr/bin/python3 /tmp/refused.py' </dev/null
BOX
)
echo "$seen"
diff <(echo "$seen") - <<'SEEN' && echo "as it was"
1 nobody1@localhost 550 Unrouteable address
11 nobody11@localhost 550 Unrouteable address
12 nobody12@localhost 550 Unrouteable address
13 root@localhost SMTPServerDisconnected: Connection unexpectedly closed
SEEN
