#!/usr/bin/env bash
# DKIM signers and one-click unsubscribing: Exim 4.96, OpenDKIM 2.11 beta 2 and Mail::DKIM 1.20230212 (Debian 12),
# dkimpy 1.1.8 (PyPI) and mailauth 7.1.0 (npm) leave List-Unsubscribe-Post out of the signature as they come.
#
# Expected, by RFC 8058 section 4: a message with one-click unsubscribing needs a valid DKIM signature that covers
# at least List-Unsubscribe and List-Unsubscribe-Post. All these signers cover List-Unsubscribe without being asked
# to, so one expects that they cover its companion, too.
#
# Seen: of six signers only nodemailer 10.6.1 (npm) covers both fields. The lists of the other five are those of
# RFC 4871 and RFC 6376, both older than List-Unsubscribe-Post. A mail provider that follows RFC 8058 need not
# offer its one-click button for their letters. The fields have to be named: dkim_sign_headers in Exim,
# SignHeaders in OpenDKIM, Headers in Mail::DKIM, include_headers in dkimpy, headerList in mailauth.
#
# Needs root on Debian 12 with apt-get, pip, npm and network: a namespace and an overlay in memory, nothing is left.
set -euo pipefail
export EXIM=4.96-15+deb12u11 OPENDKIM=2.11.0~beta2-8+deb12u1 MAIL_DKIM=1.20230212-2~deb12u1
work=$(mktemp -d)
trap 'rmdir "$work"' EXIT

seen=$(unshare -m -p --fork --kill-child bash -s "$work" <<'BOX'
set -euo pipefail
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root signers
python3 -m venv signers/venv
signers/venv/bin/pip -q install dkimpy==1.1.8 2>/dev/null
npm install --silent --prefix signers mailauth@7.1.0 nodemailer@10.6.1 >/dev/null

cd signers
openssl genrsa -out key.pem 2048 2>/dev/null
sed 's/$/\r/' >letter.eml <<'EML'
From: News <news@news.test>
To: ann@example.org
Subject: hello
Date: Mon, 30 Nov 2026 10:00:00 +0000
Message-ID: <1@news.test>
List-Unsubscribe: <https://news.test/u/1>
List-Unsubscribe-Post: List-Unsubscribe=One-Click

hello
EML
venv/bin/python - >dkimpy.out <<'PY'
import dkim
print(dkim.sign(open("letter.eml", "rb").read(), b"s", b"news.test", open("key.pem", "rb").read()).decode())
PY
cat >mailauth.mjs <<'JS'
import { readFileSync } from "fs";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
const signatureData = [{ signingDomain: "news.test", selector: "s", privateKey: readFileSync("key.pem", "utf8") }];
console.log((await dkimSign(readFileSync("letter.eml"), { signatureData })).signatures);
JS
node mailauth.mjs >mailauth.out
cat >nodemailer.mjs <<'JS'
import { readFileSync } from "fs";
import nodemailer from "nodemailer";
const dkim = { domainName: "news.test", keySelector: "s", privateKey: readFileSync("key.pem", "utf8") };
const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, dkim });
const envelope = { from: "news@news.test", to: "ann@example.org" };
console.log((await transport.sendMail({ raw: readFileSync("letter.eml"), envelope })).message.toString());
JS
node nodemailer.mjs >nodemailer.out

mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" ../root
cd ../root
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
    "exim4-daemon-light=$EXIM" "exim4-base=$EXIM" "exim4-config=$EXIM" "opendkim=$OPENDKIM" "miltertest=$OPENDKIM" \
    "libmail-dkim-perl=$MAIL_DKIM" iproute2 >/dev/null 2>&1 </dev/null
: >etc/resolv.conf
cp ../signers/{key.pem,letter.eml} srv
cp srv/key.pem srv/own.pem  # OpenDKIM wants a key that nobody else may read; Exim reads it as its own user
chmod 644 srv/key.pem

cat >srv/exim.conf <<'CONF'
primary_hostname = mail.news.test
begin routers
relay:
  driver = manualroute
  route_list = * 127.0.0.1::2525
  self = send
  transport = signed
begin transports
signed:
  driver = smtp
  dkim_domain = news.test
  dkim_selector = s
  dkim_private_key = /srv/key.pem
CONF
cat >srv/sink.py <<'PY'
import socket

server = socket.create_server(("127.0.0.1", 2525))
print("listening", flush=True)
lines = server.accept()[0].makefile("rwb", 0)
lines.write(b"220 sink\r\n")
for line in lines:
    command = line.split()[0].upper()
    lines.write(b"354 go on\r\n" if command == b"DATA" else b"250 fine\r\n")
    if command == b"DATA":
        while (line := lines.readline()) != b".\r\n":
            print(line.decode(), end="", flush=True)
        lines.write(b"250 taken\r\n")
    if command == b"QUIT":
        break
PY
cat >srv/opendkim.lua <<'LUA'
conn = mt.connect("inet:8891@127.0.0.1", 60, 0.5)
mt.conninfo(conn, "localhost", "127.0.0.1")
mt.mailfrom(conn, "news@news.test")
mt.rcptto(conn, "ann@example.org")
for line in io.lines("/srv/letter.eml") do
    local name, value = string.match(line, "^([%w-]+): ([^\r]+)")
    if name then mt.header(conn, name, value) end
end
mt.eoh(conn)
mt.bodystring(conn, "hello\r\n")
mt.eom(conn)
mt.echo("DKIM-Signature: " .. mt.getheader(conn, "DKIM-Signature", 0))
mt.disconnect(conn)
LUA
cat >srv/mail_dkim.pl <<'PERL'
use Mail::DKIM::Signer;
my $signer = Mail::DKIM::Signer->new(Domain => "news.test", Selector => "s", KeyFile => "/srv/key.pem");
open my $letter, "<", "/srv/letter.eml";
$signer->PRINT($_) while <$letter>;
$signer->CLOSE;
print $signer->signature->as_string, "\n";
PERL
unshare -n -u chroot . bash -c '
    hostname news; ip link set lo up; cd /srv
    perl mail_dkim.pl >mail_dkim.out
    opendkim -f -x /dev/null -u root -b s -d news.test -s s -k /srv/own.pem -p inet:8891@127.0.0.1 & filter=$!
    miltertest -s opendkim.lua >opendkim.out
    kill $filter
    python3 sink.py >exim.out & sink=$!
    until grep -q listening exim.out; do sleep 0.1; done
    exim4 -C /srv/exim.conf -odf -f news@news.test ann@example.org <letter.eml
    wait $sink' >/dev/null 2>&1 </dev/null

echo "signer covers List-Unsubscribe-Post"
for signer in srv/exim srv/opendkim srv/mail_dkim ../signers/dkimpy ../signers/mailauth ../signers/nodemailer; do
    signed=$(tr -d ' \t\r\n' <"$signer.out" | grep -oiE '[;:]h=[a-z:-]+' | tr A-Z a-z)
    [[ $signed: =~ [:=]list-unsubscribe: ]] || echo "$signer: no List-Unsubscribe: $signed"
    [[ $signed: =~ [:=]list-unsubscribe-post: ]] && answer=yes || answer=no
    echo "$(basename "$signer") $answer"
done
BOX
)
echo "$seen"
diff <(echo "$seen") - <<'SEEN' && echo "as it was"
signer covers List-Unsubscribe-Post
exim no
opendkim no
mail_dkim no
dkimpy no
mailauth no
nodemailer yes
SEEN
