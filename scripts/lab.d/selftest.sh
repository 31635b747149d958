#!/bin/bash
# The lab itself: a box is a fresh server, its network is real, and nothing of it is left behind.
set -euo pipefail
. "$LAB.d/assert.sh"

facts=$("$LAB" boot "$BOX" "$RELEASE")
eval "$facts"
enter() { "$LAB" exec "$BOX" "$@"; }

equal "it is of release $RELEASE" "$RELEASE" "$(enter sh -c '. /etc/os-release; echo "$VERSION_ID"')"
equal "everything has started" running "$(enter systemctl is-system-running)"
equal "exit codes come through" 7 "$(enter sh -c 'exit 7' || echo $?)"
equal "standard input comes through" hello "$(echo hello | enter cat)"
check "root gets in by key" "$LAB" ssh "$BOX" true
check "root gets in by password" "$LAB" password "$BOX" hunter2-lab true
refuse "root does not get in by a wrong password" "$LAB" password "$BOX" wrong true
equal "a scan finds SSH and nothing else" "22 open" "$("$LAB" ports "$BOX" | grep -v closed)"

printf 'text' >"$CHECKS.file"
chmod 640 "$CHECKS.file"
"$LAB" put "$BOX" "$CHECKS.file" /root/put
equal "a file is put with its mode" "640 text" "$(enter sh -c 'stat -c %a /root/put | tr "\n" " "; cat /root/put')"

"$LAB" snapshot "$BOX" "$CHECKS.before"
"$LAB" snapshot "$BOX" "$CHECKS.after"
equal "two snapshots agree" "" "$(diff "$CHECKS.before" "$CHECKS.after" || :)"

check "apt works without a network" enter sh -c 'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get -y install ufw'
check "ufw can be enabled" enter sh -c 'ufw allow 22/tcp && ufw --force enable'
equal "the packet filter is real" "22 open
80 filtered" "$("$LAB" ports "$BOX" 22 80)"
contains "a snapshot shows the packet filter" "ufw-before-input" "$("$LAB" snapshot "$BOX")"

check "it reboots" "$LAB" reboot "$BOX"
equal "the firewall is up again after it" "80 filtered" "$("$LAB" ports "$BOX" 80)"
check "root still gets in" "$LAB" ssh "$BOX" true
check "its power can be cut" "$LAB" kill "$BOX"
check "it starts again" "$LAB" start "$BOX"
equal "with the same disk" 640 "$(enter stat -c %a /root/put)"

check "it stops" "$LAB" stop "$BOX"
equal "nothing of it is left" "" "$(ls -d "$root" "$key" /sys/fs/cgroup/*/harden-lab-"$BOX" /sys/class/net/ve-"$BOX" 2>/dev/null || :)"

"$LAB" boot "$BOX" "$RELEASE" --volume >/dev/null
enter sh -c 'echo >/root/written; sync; echo >/root/unwritten'
check "the power of a box on a volume can be cut" "$LAB" kill "$BOX"
check "and it starts again" "$LAB" start "$BOX"
check "what was written is there" enter test -e /root/written
# ext4 writes by itself every 5 s, and on a busy machine they pass before the cut.
lost() {
  for _ in 1 2 3; do
    enter test -e /root/unwritten || return 0
    enter sh -c 'rm /root/unwritten; sync; echo >/root/unwritten'
    "$LAB" kill "$BOX" && "$LAB" start "$BOX"
  done
  return 1
}
check "what was not yet written is lost" lost
check "it stops, too" "$LAB" stop "$BOX"
equal "and leaves no volume" "" "$(losetup -a | grep "/$BOX.volume" || :)"
