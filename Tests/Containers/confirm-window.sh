#!/bin/bash
# A change of the ways in takes itself back unless a fresh login confirms it: in time or not, killed, hung, rebooted,
# failed; and who may confirm.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

# The operator, as a provider hands over the server: root by password or key. Then the administrator.
operator() { "$LAB" ssh "root@$box" "$@"; }
deploy() { "$LAB" ssh "deploy@$box" -i "$work/key" "$@"; }
vps="harden apply vps --set 'administrators=deploy $(cat "$work/key.pub")' --yes"

echo "# once: the packages, which stay"
operator "$vps --no-confirm" >"$work/first" 2>&1 || { cat "$work/first"; exit 1; }
check "what --no-confirm did is taken back" inbox harden undo --yes
echo "# where the revert could not be started"
inbox sh -c 'mount --bind /var/lib/harden /var/lib/harden && mount -o remount,bind,noexec /var/lib/harden'
inbox sh -c 'echo "/var/lib/harden /var/lib/harden none bind,noexec 0 0" >>/etc/fstab; systemctl daemon-reload'
exits "an apply begins nothing" 1 operator "$vps >/root/said 2>&1"
inbox sh -c 'tr -s " \n" " " </root/said' >"$work/said"
contains "its plan says why" "Apply refuses this unless --no-confirm is added: The plan changes" "$(cat "$work/said")"
contains "… a file system that is mounted noexec" "is mounted noexec" "$(cat "$work/said")"
equal "no run is noted" 2 "$(inbox sh -c 'ls /var/lib/harden/runs | wc -l')"
inbox sh -c 'umount /var/lib/harden; sed -i /noexec/d /etc/fstab; systemctl daemon-reload; rm /root/said'
inbox sh -c 'rm -rf /var/lib/harden; mv /usr/sbin/ufw /usr/sbin/ufw.real; ln -s ufw.real /usr/sbin/ufw'
"$LAB" reboot "$box"
operator true # a first login starts sshd where a socket listens for it
"$LAB" snapshot "$box" >"$work/fresh.whole"

# What differs from the host as it was, but for the state of harden's own and what tells of logins.
settled() {
  sed -E '/^\/var\/lib\/harden/d; /^\/root\/\.(ssh|bash)/d
    /^\/var\/(log|lib\/systemd|tmp)/d; /^ufw\.service (in)?active/d; /^(session|user|run)-/d; /^harden-revert/d' "$1"
}
settled "$work/fresh.whole" >"$work/fresh"
as_before() {
  "$LAB" snapshot "$box" >"$work/now.whole"
  settled "$work/now.whole" >"$work/now"
  equal "$1: the host is as it was before" "" "$(diff "$work/fresh" "$work/now" | head -20)"
  check "$1: root gets in with a password again" "$LAB" password "root@$box" hunter2-lab true
  equal "$1: nothing of the revert is left" "" \
    "$(inbox sh -c 'ls -d /etc/systemd/system/harden-revert* /etc/systemd/system/*/harden-revert* /var/lib/harden/window 2>/dev/null || :')"
  contains "$1: history tells it" "$2" "$(inbox harden history | tail -1)"
  inbox rm -rf /var/lib/harden
}
# Until nothing of a revert is left, at most so many seconds.
reverted() {
  local end=$((SECONDS + $1))
  while inbox test -e /var/lib/harden/window; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.3
  done
}
# Puts another ufw in the way: it does WORDS when asked to enable the firewall.
ufw_does() {
  inbox sh -c "rm /usr/sbin/ufw; printf '%s\n' '#!/bin/sh' 'case \"\$*\" in *enable*) $1 ;; esac' 'exec ufw.real \"\$@\"' >/usr/sbin/ufw; chmod 755 /usr/sbin/ufw"
}
ufw_as_it_was() { inbox sh -c 'rm /usr/sbin/ufw; ln -s ufw.real /usr/sbin/ufw'; }

confirm_refused() {
  local code=0
  "${@:3}" >"$work/refused" 2>&1 </dev/null || code=$?
  equal "$1: refused" 1 "$code"
  contains "$1: says why" "$2" "$(tr -s ' \n' ' ' <"$work/refused")"
}

echo "# nobody confirms"
exits "an apply ends well" 0 operator "$vps --confirm-within 8s >/root/said 2>&1"
inbox cat /root/said >"$work/said"
inbox rm /root/said
equal "its last line is the command to copy" "      ssh deploy@$ip sudo harden confirm" "$(tail -1 "$work/said")"
refuse "root does not get in with a password meanwhile" "$LAB" password "root@$box" hunter2-lab true
check "it takes itself back" reverted 40
as_before "not confirmed" "nobody confirmed it in time"

echo "# who may confirm; the connection is cut while apply is at work"
"$LAB" ssh "root@$box" -tt "$vps --confirm-within 2m" </dev/null >"$work/cut" 2>&1 &
client=$!
until inbox test -e /var/lib/harden/ledger.json; do sleep 0.2; done
kill $client
wait $client || :
confirm_refused "while apply is at work" "once it has ended" inbox harden confirm
inbox sh -c 'while pgrep -x harden >/dev/null; do sleep 0.3; done'
contains "an apply goes on without its terminal" " done" "$(inbox harden history 2>/dev/null | tail -1)"
contains "history says that it waits" "is not confirmed" "$(inbox harden history 2>&1)"
contains "and so does verify" "ssh deploy@$ip sudo harden confirm" "$(inbox harden verify 2>&1)"
inbox systemctl stop harden-revert.timer
contains "… and that nothing takes it back, once somebody stopped its timer" "does not run harden-revert.timer" \
  "$(inbox harden history 2>&1 | tr -s ' \n' ' ')"
inbox systemctl start harden-revert.timer
"$LAB" put "$box" "$work/key" /root/key
confirm_refused "from the console" "no login over SSH" inbox harden confirm
confirm_refused "as the administrator, but from the console" "no login over SSH" inbox runuser -u deploy -- sudo harden confirm
confirm_refused "a job of systemd's" "no login over SSH" deploy sudo systemd-run -q --wait --pipe harden confirm
confirm_refused "from the host itself" "past the firewall" inbox \
  ssh -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key deploy@127.0.0.1 sudo harden confirm
ssh_options=(-F none -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o StrictHostKeyChecking=no
  -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i "$work/key")
ssh "${ssh_options[@]}" -o ControlMaster=yes -o ControlPath="$work/shared" -fN "deploy@$ip" </dev/null >/dev/null 2>&1
shared() { ssh "${ssh_options[@]}" -o ControlPath="$work/shared" "deploy@$ip" "$@"; }
inbox sh -c 'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/00-harden.conf; systemctl reload ssh'
exits "another apply within the window" 0 shared sudo harden apply --yes --confirm-within 2m
confirm_refused "over a connection that is older than the change" "older than the window" shared sudo harden confirm
ssh -q -o ControlPath="$work/shared" -O exit "deploy@$ip" >/dev/null 2>&1 || :
exits "from a fresh login" 0 deploy sudo harden confirm
exits "once more: nothing to do" 0 deploy sudo harden confirm
exits "nothing of it was taken back" 0 inbox harden verify
equal "nothing of the revert is left" "" "$(inbox sh -c 'ls /etc/systemd/system/harden-revert* 2>/dev/null || :')"
exits "an apply with nothing to do opens no window" 0 deploy sudo harden apply --yes
equal "… none is there" "" "$(inbox sh -c 'ls -d /var/lib/harden/window 2>/dev/null || :')"
# An account that something still runs as is shut, not taken away; what runs for it outlives its last login by seconds.
inbox sh -c 'loginctl terminate-user deploy; while pgrep -u deploy >/dev/null; do sleep 0.2; done' >/dev/null 2>&1
check "all of it can be taken back" inbox harden undo 1 --yes --force
inbox rm -rf /var/lib/harden /root/key

echo "# a step that concerns access fails"
ufw_does 'exit 1'
exits "an apply takes itself back" 3 operator "$vps"
ufw_as_it_was
as_before "failed" "revert from run 1"

echo "# a file system comes over the homes while apply is at work"
# As declared already, so that nothing is done after the firewall's last step, and it is the look at the end that sees it.
kept=$(inbox sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.default.rp_filter | tr -d ' ')
inbox sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1
ufw_does 'mount -t tmpfs none /home'
exits "nobody gets in any more, so it is taken back at once" 3 operator "$vps >/root/said 2>&1"
contains "and says so" "Nobody would get in any more" "$(inbox cat /root/said)"
ufw_as_it_was
# What lay beneath could not be seen.
inbox sh -c 'umount /home; rm -rf /home/deploy /root/said'
inbox sysctl -qw $kept
as_before "homes covered" "Nobody would get in any more"

echo "# apply hangs: each step has half a minute at least"
ufw_does 'trap "" TERM; sleep 1000; sleep 1000'
exits "an apply that hangs is ended, and says that it was taken back" 3 operator "$vps --confirm-within 8s"
ufw_as_it_was
as_before "hung" "nobody confirmed it in time"

echo "# apply is killed"
ufw_does 'sleep 1000'
operator "$vps --confirm-within 8s" >"$work/killed" 2>&1 </dev/null &
until inbox pgrep -x ufw >/dev/null && inbox test -e /var/lib/harden/window/window.json &&
  inbox grep -q 'ufw --force enable\|"enable"' /var/lib/harden/runs/0001/journal; do sleep 0.2; done
inbox pkill -9 -x harden
wait $! || :
ufw_as_it_was
check "it is taken back" reverted 80
as_before "killed" "nobody confirmed it in time"

echo "# a second apply replaces the administrator while the window is open"
inbox cp -a /etc/group- /root/group-
exits "an apply ends well" 0 operator "$vps"
exits "the next one, too" 0 inbox harden apply --set "administrators=bob $(cat "$work/key.pub")" --no-confirm --yes
contains "whose login is waited for is said" "ssh bob@$ip sudo harden confirm" "$(inbox harden verify 2>&1)"
refuse "who was replaced does not get in" deploy true
exits "the one who is declared now confirms" 0 "$LAB" ssh "bob@$box" -i "$work/key" sudo harden confirm
inbox sh -c 'echo "# of another change" >>/etc/group-'
check "both are taken back" inbox harden undo 1 --yes
equal "a copy that others' change of the accounts left stays" "# of another change" "$(inbox tail -n 1 /etc/group-)"
inbox mv /root/group- /etc/group-
as_before "undone" "done"

echo "# the host is rebooted"
exits "an apply ends well" 0 operator "$vps"
refuse "root does not get in with a password meanwhile" "$LAB" password "root@$box" hunter2-lab true
"$LAB" kill "$box"
"$LAB" start "$box"
check "after a power cut root gets in at once" "$LAB" password "root@$box" hunter2-lab true
check "the rest follows" reverted 60
as_before "rebooted" "the host was rebooted before anybody confirmed it"
equal "no unit failed" "" "$(inbox systemctl --failed --no-legend --plain | grep -i harden || :)"
# systemd 249 (Ubuntu 22.04) names no units there, only what they are for.
equal "the files were back before sshd began to listen" "files
sshd" "$(inbox journalctl -b -o cat --no-pager |
  sed -nE 's/^Finished (harden-revert-boot|Puts back the files).*/files/p; s/^Server listening on 0.*/sshd/p' | awk '!seen[$0]++')"

echo "# the port moves, and the host is rebooted"
exits "an apply ends well" 0 operator "$vps --set ssh-port=2222"
"$LAB" kill "$box"
"$LAB" start "$box"
check "after a power cut root gets in at once" "$LAB" password "root@$box" hunter2-lab true
check "the rest follows" reverted 60
as_before "rebooted after a move of the port" "the host was rebooted before anybody confirmed it"

echo "# the revert is killed, and cannot put sshd's file back"
drop_in=/etc/ssh/sshd_config.d/00-harden.conf
exits "an apply ends well" 0 operator "$vps --confirm-within 6s"
inbox chattr +i "$drop_in"
until inbox pkill -9 -f 'revert-windo[w]'; do sleep 0.1; done
again() {
  local end=$((SECONDS + 90))
  until [ "$(inbox journalctl -b -o cat --no-pager -u harden-revert.service | grep -c "Not all was taken back")" -ge 2 ]; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.5
  done
}
check "it is made again, and again" again
equal "who still gets in does" 0 "$(deploy sudo -n id -u || true)"
inbox chattr -i "$drop_in"
check "the rest follows" reverted 60
as_before "hindered" "nobody confirmed it in time"
equal "no unit failed" "" "$(inbox systemctl --failed --no-legend --plain | grep -i harden || :)"

echo "# behind ssh.socket"
inbox sh -c 'systemctl disable --now ssh.service; systemctl enable --now ssh.socket' >"$work/log" 2>&1 || cat "$work/log"
"$LAB" reboot "$box"
check "root gets in" operator true
"$LAB" snapshot "$box" >"$work/fresh.whole"
settled "$work/fresh.whole" >"$work/fresh"
exits "an apply ends well" 0 operator "$vps --confirm-within 8s"
refuse "root does not get in with a password meanwhile" "$LAB" password "root@$box" hunter2-lab true
check "it takes itself back" reverted 40
as_before "not confirmed behind a socket" "nobody confirmed it in time"
exits "another one, which moves the port, ends well" 0 operator "$vps --set ssh-port=2222"
"$LAB" kill "$box"
"$LAB" start "$box"
check "after a power cut root gets in at once" "$LAB" password "root@$box" hunter2-lab true
check "the rest follows" reverted 60
as_before "rebooted behind a socket" "the host was rebooted before anybody confirmed it"
exits "a third one ends well" 0 operator "$vps --confirm-within 2m"
confirm_refused "from the console" "no login over SSH" inbox harden confirm
exits "it is confirmed from a fresh login" 0 deploy sudo harden confirm
exits "nothing of it was taken back" 0 inbox harden verify

echo "# where sshd asks no PAM, so that logins have no session"
inbox sh -c 'echo "UsePAM no" >/etc/ssh/sshd_config.d/20-pam.conf
  echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/00-harden.conf; systemctl stop ssh.service; systemctl restart ssh.socket'
exits "an apply ends well" 0 deploy sudo harden apply --yes --confirm-within 2m
"$LAB" put "$box" "$work/key" /root/key
confirm_refused "from the console" "no login over SSH" inbox harden confirm
confirm_refused "from the host itself" "past the firewall" inbox \
  ssh -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key deploy@127.0.0.1 sudo harden confirm
exits "it is confirmed from a fresh login" 0 deploy sudo harden confirm
