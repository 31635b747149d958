#!/bin/bash
# Another port, another administrator: the new way in is there before the old one goes, with ssh.service and ssh.socket.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

for name in anna berta; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$work/$name"; done
harden() { inbox harden "$@" >"$work/log" 2>&1 || { cat "$work/log"; return 1; }; }
# login NAME PORT CMD…
login() { "$LAB" ssh "$1@$box" -i "$work/$1" -p "$2" "${@:3}"; }
administrator() { printf 'administrators=%s %s' "$1" "$(cat "$work/$1.pub")"; }

# Which of the two ports are listened on, a line for each change, as long as this script's own sampling goes on.
watch() {
  inbox sh -c 'last=; while [ ! -e /run/watched ]; do
      now=$(ss -Htln "( sport = 22 or sport = 2222 )" | sed "s/.*:\(22*\) .*/\1/" | sort -un | tr "\n" " ")
      [ "$now" = "$last" ] || echo "$now"; last=$now; sleep 0.02; done; rm /run/watched' >"$work/ports" &
  watcher=$!
}
watched() {
  inbox touch /run/watched
  wait "$watcher"
}

check "the first administrator is let in" harden apply vps --yes --no-confirm --set "$(administrator anna)"
check "anna logs in" login anna 22 sudo -n true

echo "# another administrator and another port at once"
watch
check "both move in one apply" harden apply --yes --no-confirm --set "$(administrator berta)" --set sshPort=2222
watched
check "both ports were open on the way" grep -qx '22 2222 ' "$work/ports"
check "berta logs in on the new port" login berta 2222 sudo -n true
refuse "anna does not" login anna 2222 true
refuse "and nobody on the old port" login berta 22 true
check "nothing is left to do" harden verify

echo "# another port behind rules that let the old one alone in"
check "all of it is taken back" harden undo 1 --yes
inbox sh -c 'iptables -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT; iptables -A INPUT -i lo -j ACCEPT
  iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -P INPUT DROP'
check "it moves all the same" harden apply vps --yes --no-confirm --set "$(administrator berta)" --set sshPort=2222
check "berta logs in on the new port" login berta 2222 sudo -n true
check "nothing is left to do" harden verify

echo "# the port is declared no longer"
check "it stays where sshd listens" harden apply --yes --no-confirm --set sshPort=
check "berta logs in there" login berta 2222 sudo -n true
check "nothing is left to do" harden verify

echo "# behind ssh.socket, with sshd itself at rest"
inbox sh -c 'systemctl disable --now ssh.service; systemctl enable --now ssh.socket' >"$work/log" 2>&1 || cat "$work/log"
"$LAB" reboot "$box" >"$work/log" 2>&1 || cat "$work/log"
check "harden settles where the socket listens" harden apply --yes --no-confirm --set sshPort=2222
check "berta logs in" login berta 2222 sudo -n true
watch
check "the socket moves back" harden apply --yes --no-confirm --set sshPort=22
watched
check "both ports were open on the way" grep -qx '22 2222 ' "$work/ports"
check "berta logs in on the old port" login berta 22 sudo -n true
refuse "and nobody on the other" login berta 2222 true
check "nothing is left to do" harden verify

echo "# what was changed while sshd was at rest is taken back under one that a login has started"
inbox systemctl stop ssh.service
check "another administrator is let in" harden apply --yes --no-confirm --set "$(administrator anna)"
check "anna logs in" login anna 22 sudo -n true
check "it is taken back" harden undo --yes
check "berta logs in again" login berta 22 sudo -n true
refuse "anna does not" login anna 22 true
