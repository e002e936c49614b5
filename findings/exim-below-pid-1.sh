#!/usr/bin/env bash
# Exim 4.96 (Debian 12: exim4-daemon-light 4.96-15+deb12u11) below PID 1, as in a container whose first process is a
# shell script: `exim4 -bd` does not return, so that nothing after it in the script is run.
#
# Expected, by Exim's manual on the command line (chapter 5): -bd runs Exim as a daemon, which disconnects itself
# from the terminal and goes into the background; -bdf is the option to stay in the foreground. Nothing there
# says that the number of the process that starts it matters.
#
# Seen: started by a shell with another PID, `exim4 -bd` returns at once. Started in the same way by a shell that is
# PID 1 of its namespace, it serves, but never returns: Exim takes a parent with PID 1 for a sign that it is a
# daemon already, which has started itself again. A script of a container has to say `exim4 -bdf &`, or to put
# another process in between (tini, a subshell).
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
cat >tmp/start <<'SH'
echo "the parent is PID $([ $$ = 1 ] && echo 1 || echo 2 or higher)"
exim4 -bd >/dev/null 2>&1 &
sleep 10
kill -0 $! 2>/dev/null && echo "exim4 -bd has not returned after ten seconds" || echo "exim4 -bd has returned"
exec 3<>/dev/tcp/127.0.0.1/25
echo "it serves: $(head -c 3 <&3)"
kill "$(cat /run/exim4/exim.pid)"
SH
exec unshare -n -u chroot . bash -c '
    hostname news; ip link set lo up; update-exim4.conf
    (bash /tmp/start; true)
    while (exec 3<>/dev/tcp/127.0.0.1/25) 2>/dev/null; do sleep 0.1; done
    unshare -p --fork --mount-proc bash /tmp/start' </dev/null
BOX
)
echo "$seen"
diff <(echo "$seen") - <<'SEEN' && echo "as it was"
the parent is PID 2 or higher
exim4 -bd has returned
it serves: 220
the parent is PID 1
exim4 -bd has not returned after ten seconds
it serves: 220
SEEN
