#!/usr/bin/env bash
# Debian's vacation 3.3.3 answers newsletters, and nothing in its answer shows that a program wrote it.
#
# Expected, by RFC 5230 section 4.6 (the vacation action of Sieve, which does the same for a reader who is away): no
# answer to a letter with List-Id or List-Unsubscribe, and none to one with an Auto-Submitted other than "no". By
# RFC 3834 sections 3.1.6 and 3.1.7: an answer names what it answers in In-Reply-To and References, and carries
# Auto-Submitted: auto-replied. Pigeonhole 0.5.19 (Debian: dovecot-sieve) does all of this and stands beside it.
#
# Seen: vacation takes no notice of List-Id and List-Unsubscribe; only Precedence and Auto-Submitted keep it silent.
# Its answer has To, From and the subject of the user's text: no Auto-Submitted, no In-Reply-To, no References, and
# without -z no empty return path. It cannot be told from a letter that a person wrote. So a newsletter should carry
# Auto-Submitted: auto-generated, which both respect.
#
# Needs root on Debian 12 with apt-get and network: a namespace and an overlay in memory, nothing is left.
set -euo pipefail
VACATION=3.3.3
SIEVE=1:2.3.19.1+dfsg1-2.1+deb12u7
work=$(mktemp -d)
trap 'rmdir "$work"' EXIT

seen=$(unshare -m -p --fork --kill-child bash -s "$work" "$VACATION" "$SIEVE" <<'BOX'
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
    "vacation=$2" "dovecot-sieve=$3" "dovecot-core=$3" >/dev/null 2>&1 </dev/null
# In the place of sendmail: what it was called with, and what it was given.
rm -f usr/sbin/sendmail
printf '#!/bin/sh\n{ echo "sendmail $*"; cat; } >/home/ann/answer\n' >usr/sbin/sendmail
chmod +x usr/sbin/sendmail
ln -sf /usr/sbin/sendmail usr/lib/sendmail

chroot . useradd -m ann
cat >home/ann/try <<'TRY'
cd /home/ann
printf 'Subject: away\n\nI am away.\n' >text
printf 'require "vacation";\nvacation :subject "away" "I am away.";\n' >away.sieve
fields() {
    echo "fields of $1's answer: $(grep -oE '^(Auto-Submitted|In-Reply-To|References|Subject):' "$2" | sort | xargs)"
}
for mark in none "List-Id: <weekly.news.test>" "List-Unsubscribe: <https://news.test/u/1>" "Precedence: bulk" \
    "Auto-Submitted: auto-generated"; do
    rm -rf answer .vacation.db mail
    {
        printf 'From: News <news@news.test>\nTo: ann@example.org\nSubject: hello\nMessage-ID: <1@news.test>\n'
        [ "$mark" = none ] || echo "$mark"
        printf '\nhello\n'
    } >letter
    { echo 'From news@news.test Mon Nov 30 10:00:00 2026'; cat letter; } | vacation -m text -a ann@example.org ann
    for _ in {1..30}; do [ -s answer ] || sleep 0.1; done
    [ -s answer ] && vacation=answers || vacation=silent
    sieve-test -e -l maildir:mail -f news@news.test -r ann@example.org -a ann@example.org away.sieve letter \
        >sieved 2>&1
    grep -q 'discarding vacation' sieved && sieve=silent || sieve=answers
    echo "${mark%%:*}: vacation $vacation, sieve $sieve"
    [ "$mark" = none ] || continue
    sed -n 1p answer
    fields vacation answer
    fields sieve sieved
done
TRY
unshare -n -u chroot . su ann -s /bin/bash /home/ann/try </dev/null 2>&1
BOX
)
echo "$seen"
diff <(echo "$seen") - <<'SEEN' && echo "as it was"
none: vacation answers, sieve answers
sendmail -f ann -- news@news.test
fields of vacation's answer: Subject:
fields of sieve's answer: Auto-Submitted: In-Reply-To: References: Subject:
List-Id: vacation answers, sieve silent
List-Unsubscribe: vacation answers, sieve silent
Precedence: vacation silent, sieve silent
Auto-Submitted: vacation silent, sieve silent
SEEN
