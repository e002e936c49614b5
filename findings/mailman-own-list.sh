#!/usr/bin/env bash
# Mailman 3.3.10 (PyPI: mailman) does not read its own list of members: a member called "Doe, Jane" is removed when
# the output of `mailman members` is given to `mailman syncmembers`, and lost on the way to another list.
#
# Expected, by the help of the commands: `members` displays a list's members, one a line; `addmembers` and
# `syncmembers` read a file with one member a line, and `syncmembers` removes those whose addresses are not in it.
# All three write and read the form `Name <address>`. So a list that is synchronised with what `members` has just
# shown of it has nothing to do: each address is in the file.
#
# Seen: `members` writes a name as it is, also one with a comma; the other two read the line by the rules of a mail
# header, in which such a name stands in quotes (RFC 5322, section 3.4). They skip the line with a warning, and exit
# with 0. `syncmembers` then takes Jane for somebody who has left: [DEL]. (--email-only is read back in full, and a
# name in quotes is read, as in the file that the members come from below.)
#
# Needs python3 with venv, pip and network; it runs no server and sends no mail.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip -q install mailman==3.3.10 2>/dev/null
cat >mailman.cfg <<CFG
[mailman]
layout: here
[paths.here]
var_dir: $work/var
[mta]
incoming: mailman.mta.null.NullMTA
CFG
mailman() {
    local root=()
    [ "$(id -u)" != 0 ] || root=(--run-as-root)
    venv/bin/mailman "${root[@]}" -C mailman.cfg "$@" 2>&1
}
printf '%s\n' '"Doe, Jane" <jane@example.org>' 'Jörg Müller <joerg@example.org>' 'Cem Kaya <cem@example.org>' >people
seen=$(
    mailman create old@lists.example.org >create.out
    mailman create new@lists.example.org >>create.out
    mailman addmembers -W people old.lists.example.org
    echo "members of the old list:"
    mailman members old.lists.example.org | tee members
    echo "the old list, synchronised with them:"
    mailman syncmembers --no-change members old.lists.example.org
    echo "exit code $?; members of the new list after addmembers:"
    mailman addmembers -W members new.lists.example.org
    mailman members new.lists.example.org
    echo "the old list, synchronised with --email-only:"
    mailman members --email-only old.lists.example.org >addresses
    mailman syncmembers --no-change addresses old.lists.example.org
)
echo "$seen"
diff <(echo "$seen") - <<'SEEN' && echo "as it was"
members of the old list:
Cem Kaya <cem@example.org>
Doe, Jane <jane@example.org>
Jörg Müller <joerg@example.org>
the old list, synchronised with them:
Cannot parse as valid email address (skipping): Doe, Jane <jane@example.org>
[DEL] "Doe, Jane" <jane@example.org>
exit code 0; members of the new list after addmembers:
Cannot parse as valid email address (skipping): Doe, Jane <jane@example.org>
Cem Kaya <cem@example.org>
Jörg Müller <joerg@example.org>
the old list, synchronised with --email-only:
Nothing to do
SEEN
