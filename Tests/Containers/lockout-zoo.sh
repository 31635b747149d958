#!/bin/bash
# Starting states in which the obvious script locks its owner out, or leaves passwords working.
#
# For each, on a booted box that the operator is logged in to: either harden refuses with the right reason, and every
# way in that worked before still works; or it ends with a login by key that works, sudo included, and logins by
# password that fail, for every account that has one.
#
#   ZOO=all         every state; without it, a choice that is small enough for each change, half of it on each release
#                   (half an hour, so with HARDEN_TEST_SECONDS=3600)
#   ZOO='text'      the states with that text in their title
#   ZOO=2/3         the second third of all
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

zoo=${ZOO-}
case $RELEASE in 12 | 22.04) half=0 ;; *) half=1 ;; esac
states=0 chosen=0 tried=0 let_in=0 refused=0 wrong=()

ssh-keygen -q -t rsa -b 1024 -N '' -C old -f "$work/short" # OpenSSH 10 makes none below 1024

# Packages and all that concerns no way in are there already: what is left for each state takes seconds.
echo "# once: packages and baseline"
inbox harden apply vps --set "administrators=deploy $(cat "$work/key.pub")" --yes --no-confirm --from "$peer" \
  >"$work/first" 2>&1 || { cat "$work/first"; exit 1; }
inbox sh -eu <<'END' >/dev/null 2>&1
apt-get -qy install nftables ipset
ufw --force disable; ufw --force reset; rm -f /etc/ufw/*.rules.2*
userdel -r deploy || :
rm -rf /etc/ssh/sshd_config.d/00-harden.conf /etc/sudoers.d/*-harden-deploy /etc/harden /var/lib/harden /var/log/ufw.log
END
"$LAB" save "$box"

# Words that the states below are written in. They run in the box, as root.
cat >"$work/words" <<'END'
set -eu
# An administrator as somebody would have made one: a key, and sudo without a password.
admin() {
  useradd -m -s /bin/bash -p '*' deploy
  install -d -m 700 -o deploy -g deploy /home/deploy/.ssh
  printf '%s\n' "$KEY" >/home/deploy/.ssh/authorized_keys
  chmod 600 /home/deploy/.ssh/authorized_keys
  chown deploy:deploy /home/deploy/.ssh/authorized_keys
  echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/deploy
  chmod 440 /etc/sudoers.d/deploy
}
account() {
  useradd -m -s /bin/bash "$1"
  echo "$1:known-password" | chpasswd
}
dropin() {
  cat >"/etc/ssh/sshd_config.d/$1"
  reread
}
main() {
  cat >>/etc/ssh/sshd_config
  reread
}
# Has sshd read its files, and its socket, of which Ubuntu makes the ports out of them at a daemon-reload.
reread() {
  systemctl try-reload-or-restart ssh # one at rest behind its socket reads them when it starts
  systemctl is-active -q ssh.socket || return 0
  systemctl daemon-reload
  systemctl restart ssh.socket
}
# sshd as ssh.service, where the release has a socket listen for it.
served() {
  systemctl is-active -q ssh.socket || return 0
  systemctl disable --now ssh.socket
  systemctl enable --now ssh.service
}
# Settings of ssh.service's, and the daemon under them.
service() {
  mkdir -p /etc/systemd/system/ssh.service.d
  { echo '[Service]'; cat; } >/etc/systemd/system/ssh.service.d/x.conf
  systemctl daemon-reload
  systemctl restart ssh
}
END

quiet=(-F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)

# The ports that sshd, or systemd for it, listens on.
# For some milliseconds after a reload, nobody does.
ports() {
  local found
  for _ in 1 2 3 4 5; do
    found=$(inbox ss -Hltnp | grep -E '"(sshd|systemd)"' | awk '{ print $4 }' | sed 's/.*://' | sort -un)
    [ -z "$found" ] || break
    sleep 0.2
  done
  printf '%s\n' "$found"
}

# Counted in a file, since most logins happen in subshells.
login_attempted() { printf x >>"$work/logins"; }

# by_key USER KEY CMD…, on any of the ports.
by_key() {
  local user=$1 identity=$2 port
  shift 2
  for port in $ways; do
    login_attempted
    timeout 6 "$LAB" ssh "$user@$box" -o HostName="$address" -p "$port" -i "$identity" "$@" 2>/dev/null && return
  done
  return 1
}

by_password() {
  local user=$1 password=$2 port
  for port in $ways; do
    login_attempted
    timeout 6 "$LAB" password "$user@$box" "$password" -o HostName="$address" -p "$port" true 2>/dev/null && return
  done
  return 1
}

# What lets root in from outside right now.
old_ways() {
  ways=$(ports)
  by_key root "$(fact key)" true && echo key
  by_password root hunter2-lab && echo password
  return 0
}

# state TITLE in|refused:WORDS [OPTION…] <<SETUP
#   core           also tried when only a choice is
#   shut           nobody gets in anew, not even before harden is run
#   over=ipv6      the operator came over IPv6
#   over=console   nobody is logged in over SSH, harden is told where from
#   via=PORT       harden is run in another session, by that port
#   key=NAME       the key that is declared
#   with=ARGUMENT  one more for harden
#   also=USER      a further account whose password must be worth nothing; it is known-password
#   sudo=password  the administrator keeps sudo with a password
#   sudo=typed     likewise, and a terminal to type it at
#   sudo=terminal  sudo wants a terminal of the administrator
state() {
  local title=$1 expected=$2 over=ipv4 via= key=key sudo=none also=() with=() core= before_harden=in
  shift 2
  for option; do
    case $option in
      core) core=1 ;;
      shut) before_harden=shut ;;
      also=*) also+=("${option#*=}") ;;
      with=*) with+=("${option#*=}") ;;
      *) local "${option?}" ;;
    esac
  done
  local setup
  setup=$(cat)
  states=$((states + 1))
  case $zoo in
    all) ;;
    [0-9]*/[0-9]*) [ $((states % ${zoo#*/} + 1)) = "${zoo%/*}" ] || return 0 ;;
    '')
      [ -n "$core" ] || return 0
      chosen=$((chosen + 1))
      [ $(((chosen + half) % 2)) = 0 ] || return 0
      ;;
    *) [[ $title == *$zoo* ]] || return 0 ;;
  esac
  local before=$((checks_failed)) address=$ip ways code=0 old started=$SECONDS
  [ "$over" != ipv6 ] || address=$ip6
  tried=$((tried + 1))
  [ "$tried" = 1 ] || "$LAB" restore "$box"
  echo "# $title"

  # The operator's own session: in it the state is made and harden is run. It outlives what is done to sshd, and what is
  # done to the firewall, since the kernel knows it by then.
  local session=(ssh "${quiet[@]}" -S "$work/session" "root@$address")
  [ "$over" = console ] || "${session[@]}" -i "$(fact key)" -o IdentitiesOnly=yes -M -o ControlPersist=yes true
  local make=(env KEY="$(cat "$work/$key.pub")" sh)
  if [ "$over" = console ]; then
    make=(inbox "${make[@]}")
  else
    make=(timeout 120 "${session[@]}" "$(printf '%q ' "${make[@]}")")
  fi
  { cat "$work/words" && printf '%s\n' "$setup"; } | "${make[@]}" >"$work/setup" 2>&1 || { failed "$title: the state is made" "$(cat "$work/setup")"; return; }
  old=$(old_ways)
  local first=("${session[@]}")
  if [ -n "$via" ]; then
    session=(ssh "${quiet[@]}" -S "$work/session-$via" -p "$via" "root@$address")
    "${session[@]}" -i "$(fact key)" -o IdentitiesOnly=yes -M -o ControlPersist=yes true
  fi
  local harden=(harden apply vps --set "administrators=deploy $(cat "$work/$key.pub")" --yes "${with[@]}")
  if [ "$over" = console ]; then
    inbox "${harden[@]}" --from "$peer" >"$work/apply" 2>&1 </dev/null || code=$?
  else
    timeout 120 "${session[@]}" "$(printf '%q ' "${harden[@]}")" >"$work/apply" 2>&1 </dev/null || code=$?
    "${session[@]}" -O exit 2>/dev/null || true
    [ -z "$via" ] || "${first[@]}" -O exit 2>/dev/null || true
  fi
  case $expected in
    in) judge_way_in ;;
    refused:*) judge_refusal "${expected#*:}" ;;
  esac
  echo "# $((SECONDS - started)) s"
  [ "$checks_failed" = "$before" ] || { wrong+=("$title") && tail -40 "$work/apply" | cut -c1-300 | sed 's/^/      | /'; }
}

judge_way_in() {
  let_in=$((let_in + 1))
  equal "$title: harden brings it about" 0 "$code"
  ways=$(ports)
  if [ "$sudo" = terminal ]; then
    equal "$title: the administrator gets in by key, with sudo" 0 \
      "$(by_key deploy "$work/$key" -tt sudo -n id -u | tr -d '\r' || true)"
  elif [ "$sudo" = password ]; then
    equal "$title: the administrator gets in by key, with sudo" 0 \
      "$(by_key deploy "$work/$key" 'echo known-password | sudo -S -p "" id -u' || true)"
  elif [ "$sudo" = typed ]; then
    equal "$title: the administrator gets in by key, with sudo" 0 \
      "$(by_key deploy "$work/$key" -tt 'echo known-password | sudo -S -p "" id -u' | tr -d '\r' | tail -n 1 || true)"
  else
    # What a shell says when it starts may end in no newline.
    equal "$title: the administrator gets in by key, with sudo" 0 \
      "$(by_key deploy "$work/$key" sudo -n id -u | sed '/^Hello$/d; s/^.*\[2J//' || true)"
    contains "$title: and so confirms" "Confirmed by deploy" "$(by_key deploy "$work/$key" sudo -n harden confirm 2>&1 || true)"
  fi
  exits "$title: nothing is left to do" 0 inbox harden verify
  inbox sh -c 'echo deploy:known-password | chpasswd -c SHA256' || true
  local user
  for user in deploy "${also[@]}"; do
    refuse "$title: $user's password is no way in" by_password "$user" known-password
  done
  refuse "$title: nor is root's" by_password root hunter2-lab
  login_attempted
  lacks "$title: no password method is offered" password \
    "$(for port in $ways; do ssh "${quiet[@]}" -o LogLevel=INFO -o PreferredAuthentications=none -o ControlPath=none \
      -o ConnectTimeout=5 -p "$port" "deploy@$address" 2>&1 || true; done)"
}

judge_refusal() {
  refused=$((refused + 1))
  check "$title: harden refuses" test "$code" -gt 0 -a "$code" != 124 -a "$code" -lt 128
  contains "$title: and says why" "$1" "$(tr -s ' \n' ' ' <"$work/apply")"
  # Of no ways, all are still there: only a state that says so may begin with none.
  equal "$title: root's ways in before harden is run" "$before_harden" "$([ -z "$old" ] && echo shut || echo in)"
  local now way lost=
  now=$(old_ways)
  for way in $old; do [[ $now == *$way* ]] || lost+=" $way"; done
  equal "$title: root's old ways in are still there ($(tr '\n' ' ' <<<"${old:-none}"))" "" "$lost"
}

# --- sshd's settings

state "cloud-init's PasswordAuthentication yes" in core </dev/null

state "Match User with a password" in core also=admin <<'END'
account admin
printf 'Match User admin\n  PasswordAuthentication yes\n' | main
END

state "Match Group, with keyboard-interactive" in also=admin <<'END'
account admin
usermod -aG users admin
printf 'Match Group users\n  KbdInteractiveAuthentication yes\n  AuthenticationMethods keyboard-interactive\n' | main
END

state "Match Address of everybody" in also=admin <<'END'
account admin
printf 'Match Address 0.0.0.0/0,::/0\n  PasswordAuthentication yes\n  PermitRootLogin yes\n' | main
END

state "Match LocalPort" in also=admin <<'END'
account admin
printf 'Match LocalPort 22\n  PasswordAuthentication yes\n  KbdInteractiveAuthentication yes\n' | main
END

state "Match that takes the key away" in <<'END'
printf 'Match User deploy\n  PubkeyAuthentication no\n  PasswordAuthentication yes\n' | main
END

state "a Match that is read before every other file" "refused:00-aaa.conf" also=admin <<'END'
account admin
printf 'Match User admin\n  PasswordAuthentication yes\n' | dropin 00-aaa.conf
END

state "a Match in a folder that an Include has a wildcard for" "refused:pre.conf" also=ana <<'END'
account deploy
account ana
usermod -aG sudo ana
mkdir /etc/ssh/site-x
printf 'Match User deploy\n  PasswordAuthentication yes\n  AuthenticationMethods any\n' >/etc/ssh/site-x/pre.conf
sed -i '1i Include /etc/ssh/site-*/pre.conf' /etc/ssh/sshd_config
systemctl reload ssh
END

state "a Match in a file that is no UTF-8" "refused:PasswordAuthentication" also=ana <<'END'
account deploy
account ana
usermod -aG sudo ana
printf '# caf\351\nMatch User deploy\n  PasswordAuthentication yes\n  AuthenticationMethods any\n' | dropin 00-aaa.conf
END

state "a Match in a file that is a link" "refused:PasswordAuthentication" also=ana <<'END'
account deploy
account ana
usermod -aG sudo ana
printf 'Match User deploy\n  PasswordAuthentication yes\n  AuthenticationMethods any\n' >/srv/pre.conf
ln -s /srv/pre.conf /etc/ssh/sshd_config.d/00-aaa.conf
systemctl reload ssh
END

state "an Include within a Match" in also=admin <<'END'
account admin
printf 'PasswordAuthentication yes\nKbdInteractiveAuthentication yes\n' >/etc/ssh/admin.inc
printf 'Match User admin\n  Include /etc/ssh/admin.inc\n' | main
END

state "an Include within a Match that is read first" "refused:/etc/ssh/admin.inc:1" also=admin <<'END'
account admin
printf 'PasswordAuthentication yes\nAuthenticationMethods any\n' >/etc/ssh/admin.inc
printf 'Match User admin\n  Include /etc/ssh/admin.inc\n' | dropin 00-aaa.conf
END

state "KbdInteractiveAuthentication yes in a drop-in" in core also=admin <<'END'
account admin
echo 'KbdInteractiveAuthentication yes' | dropin 10-otp.conf
END

state "AllowUsers root" in core <<'END'
echo 'AllowUsers root' | main
END

state "AllowGroups" "refused:AllowGroups root leaves deploy out" <<'END'
echo 'AllowGroups root' | main
END

state "DenyUsers" "refused:DenyUsers deploy shuts deploy out" <<'END'
echo 'DenyUsers deploy' | dropin 90-deny.conf
END

state "DenyGroups" "refused:DenyGroups deploy shuts deploy out" <<'END'
echo 'DenyGroups deploy' | dropin 90-deny.conf
END

state "AuthenticationMethods publickey,password" in <<'END'
echo 'AuthenticationMethods publickey,password' | dropin 20-methods.conf
END

state "AuthenticationMethods under Match, for the administrator" in <<'END'
printf 'Match User deploy\n  AuthenticationMethods publickey,keyboard-interactive\n' | main
END

state "RevokedKeys that is not there" "refused:RevokedKeys" <<'END'
echo 'RevokedKeys /etc/ssh/revoked' | dropin 20-revoked.conf
END

state "RevokedKeys with the administrator's key" "refused:revoked" <<'END'
printf '%s\n' "$KEY" >/etc/ssh/revoked
echo 'RevokedKeys /etc/ssh/revoked' | dropin 20-revoked.conf
END

state "ForceCommand" "refused:ForceCommand" <<'END'
printf 'Match User deploy\n  ForceCommand internal-sftp\n' | main
END

state "ChrootDirectory" "refused:ChrootDirectory" <<'END'
printf 'Match User deploy\n  ChrootDirectory /srv\n' | main
END

state "MaxSessions 0" "refused:MaxSessions" <<'END'
printf 'Match User deploy\n  MaxSessions 0\n' | main
END

state "a key of a type that sshd does not take" "refused:PubkeyAcceptedAlgorithms" core <<'END'
echo 'PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256' | dropin 20-types.conf
END

state "an RSA key that is too short" "refused:1024" key=short </dev/null

state "AuthorizedKeysFile in another place" in core <<'END'
mkdir -p /etc/ssh/keys
echo 'AuthorizedKeysFile /etc/ssh/keys/%u' | dropin 20-keys.conf
END

state "AuthorizedKeysFile none" "refused:looks for keys of deploy in no file" <<'END'
printf 'Match User deploy\n  AuthorizedKeysFile none\n' | main
admin
END

state "AuthorizedKeysFile none for an account that is yet to be made" "refused:in no file" <<'END'
printf 'Match User deploy\n  AuthorizedKeysFile none\n' | main
END

# match LINE…: an administrator whose key lies where these lines of sshd's say.
match() {
  cat <<'END'
admin
usermod -aG sudo deploy
mkdir -p /etc/ssh/keys /etc/ssh/keys%
cp /home/deploy/.ssh/authorized_keys /etc/ssh/keys/deploy
cp /home/deploy/.ssh/authorized_keys /etc/ssh/keys%/deploy
rm -r /home/deploy/.ssh
END
  printf '%s\n' "main <<'X'" "$@" X
}

state "AuthorizedKeysFile in a Match Group" in core \
  < <(match 'Match Group sudo' '  AuthorizedKeysFile /etc/ssh/keys/%u')

state "AuthorizedKeysFile in a Match User, two files" in \
  < <(match 'Match User deploy' '  AuthorizedKeysFile %h/.keys/%u /etc/ssh/keys/%u')

state "AuthorizedKeysFile in a Match User, with a percent sign" in \
  < <(match 'Match User deploy' '  AuthorizedKeysFile /etc/ssh/keys%%/%u')

state "AuthorizedKeysFile in a Match User, in the home" in \
  < <(match 'Match User deploy' '  AuthorizedKeysFile .keys')

state "AuthorizedKeysCommand in a Match, and no file" "refused:which harden can give no key" \
  < <(match 'Match User deploy' '  AuthorizedKeysFile none' '  AuthorizedKeysCommand /bin/cat /etc/ssh/keys/%u' \
    '  AuthorizedKeysCommandUser nobody')

state "AuthorizedKeysCommand in a Match, besides a file" in \
  < <(match 'Match User deploy' '  AuthorizedKeysFile /etc/ssh/keys/%u' \
    '  AuthorizedKeysCommand /bin/cat /etc/ssh/keys/%u' '  AuthorizedKeysCommandUser nobody')

state "SSHD_OPTS -o AuthorizedKeysFile" in <<'END'
served
mkdir -p /etc/ssh/keys
echo 'SSHD_OPTS="-o AuthorizedKeysFile=/etc/ssh/keys/%u"' >/etc/default/ssh
systemctl restart ssh
END

state "a second key file" in <<'END'
echo 'AuthorizedKeysFile /etc/ssh/keys/%u .ssh/authorized_keys' | dropin 20-keys.conf
admin
END

# --- how sshd is started

state "SSHD_OPTS -p 2222" in core <<'END'
served
echo 'SSHD_OPTS="-p 2222"' >/etc/default/ssh
systemctl restart ssh
END

state "options in quotes, with percent signs, as EC2 Instance Connect sets them" in <<'END'
served
printf '#!/bin/sh\nexit 0\n' >/usr/local/sbin/more-keys
chmod 755 /usr/local/sbin/more-keys
useradd -r ec2-instance-connect
service <<'UNIT'
ExecStart=
ExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /usr/local/sbin/more-keys %%u %%f" -o "AuthorizedKeysCommandUser ec2-instance-connect" $SSHD_OPTS
UNIT
END

state "SSHD_OPTS -o PasswordAuthentication=yes" in <<'END'
echo 'SSHD_OPTS="-o PasswordAuthentication=yes -o PermitRootLogin=yes"' >/etc/default/ssh
systemctl restart ssh
END

state "SSHD_OPTS -o AllowUsers=root" in <<'END'
echo 'SSHD_OPTS="-o AllowUsers=root"' >/etc/default/ssh
systemctl restart ssh
END

state "another main file, without the Include line" "refused:does not include" <<'END'
printf 'PermitRootLogin yes\nPasswordAuthentication yes\nUsePAM yes\n' >/etc/ssh/other
printf 'ExecStart=\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n' | service
END

state "another main file, with the Include line" in <<'END'
printf 'Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nPasswordAuthentication yes\nUsePAM yes\n' >/etc/ssh/other
printf 'ExecStart=\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n' | service
END

state "no Include line" "refused:does not include" core <<'END'
sed -i '/^Include/d' /etc/ssh/sshd_config
echo 'PasswordAuthentication yes' | main
END

state "the Include line at the end" "refused:reads it before harden's drop-in" <<'END'
sed -i '/^Include/d' /etc/ssh/sshd_config
sed -i '1i PasswordAuthentication yes' /etc/ssh/sshd_config
echo 'Include /etc/ssh/sshd_config.d/*.conf' | main
END

state "a dangling link among the drop-ins" "refused:sshd refuses its configuration" <<'END'
ln -s /srv/gone.conf /etc/ssh/sshd_config.d/30-gone.conf
END

state "a broken drop-in that the daemon has not read yet" "refused:sshd refuses its configuration" <<'END'
echo 'PasswordAuthentication maybe' >/etc/ssh/sshd_config.d/30-typo.conf
END

state "ssh.socket in place of ssh.service" in core <<'END'
systemctl disable --now ssh.service
systemctl enable --now ssh.socket
END

state "ssh.socket, whose sshd reads another main file" "refused:/etc/ssh/other does not include" <<'END'
printf 'PermitRootLogin yes\nPasswordAuthentication yes\nUsePAM yes\n' >/etc/ssh/other
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n' >/etc/systemd/system/ssh.service.d/x.conf
systemctl daemon-reload
systemctl disable --now ssh.service
systemctl enable --now ssh.socket
END

# An sshd for each connection, of a unit that Debian does not bring.
accepting='mkdir -p /etc/systemd/system/ssh.socket.d
printf "[Socket]\nAccept=yes\n" >/etc/systemd/system/ssh.socket.d/a.conf
systemctl daemon-reload
systemctl disable --now ssh.service
systemctl enable ssh.socket
systemctl restart ssh.socket'

state "ssh.socket that starts what is not there" "refused:the chain breaks at the link “port”" shut over=console <<<"$accepting"

state "ssh.socket that starts an sshd of other settings each time" "refused:/etc/ssh/other does not include" core <<END
printf 'PermitRootLogin yes\\nPasswordAuthentication yes\\nUsePAM yes\\n' >/etc/ssh/other
printf '[Service]\\nExecStart=-/usr/sbin/sshd -i -f /etc/ssh/other\\nStandardInput=socket\\nRuntimeDirectory=sshd\\nRuntimeDirectoryPreserve=yes\\n' >/etc/systemd/system/ssh@.service
$accepting
END

state "ssh.socket that starts an sshd each time" in <<END
printf '[Service]\\nExecStart=-/usr/sbin/sshd -i\\nStandardInput=socket\\nRuntimeDirectory=sshd\\nRuntimeDirectoryPreserve=yes\\n' >/etc/systemd/system/ssh@.service
$accepting
END

state "ssh.socket that is yet to start an sshd each time" "refused:only once it is started anew" shut <<'END'
systemctl disable --now ssh.service
systemctl enable --now ssh.socket
ssh-keyscan -t ed25519 127.0.0.1
mkdir -p /etc/systemd/system/ssh.socket.d
printf '[Socket]\nAccept=yes\n' >/etc/systemd/system/ssh.socket.d/a.conf
systemctl daemon-reload
systemctl stop ssh.service
END

state "/run/sshd is missing" in <<'END'
rm -rf /run/sshd
END

state "sshd stopped under an open session" "refused:nothing listens for SSH" shut <<'END'
served
systemctl stop ssh
END

state "sshd that listens on the loopback alone" "refused:127.0.0.1" shut over=console <<'END'
echo 'ListenAddress 127.0.0.1' | dropin 20-listen.conf
END

state "a loopback that the daemon has not read yet" "refused:once sshd reads its files anew it listens on 127.0.0.1 alone" <<'END'
echo 'ListenAddress 127.0.0.1' >/etc/ssh/sshd_config.d/20-listen.conf
END

state "a family that the daemon has not read yet" "refused:once sshd reads its files anew" <<'END'
echo 'AddressFamily inet6' >/etc/ssh/sshd_config.d/20-family.conf
END

state "an address of another host's, not read yet" "refused:once sshd reads its files anew" <<'END'
echo 'ListenAddress 192.0.2.55' >/etc/ssh/sshd_config.d/20-listen.conf
END

state "an ssh.service that starts sshd by a script" "refused:is not the sshd that listens" <<'END'
served
printf '#!/bin/sh\n/usr/sbin/sshd -D\n' >/usr/local/sbin/start-sshd
chmod 755 /usr/local/sbin/start-sshd
printf 'Type=simple\nExecStart=\nExecStart=/usr/local/sbin/start-sshd\n' | service
until ss -Hltn 'sport = :22' | grep -q .; do sleep 0.1; done
END

state "an ssh.service whose reload does nothing" "refused:not reloaded by SIGHUP" <<'END'
served
printf 'ExecReload=\nExecReload=/bin/true\n' | service
END

state "an ssh.service whose reload only looks like one" "refused:it did not read its files again" <<'END'
served
printf 'ExecReload=\nExecReload=/bin/echo -HUP\n' | service
END

state "another sshd, behind a socket of systemd's" "refused:listens on port 2222 as well" <<'END'
printf 'PasswordAuthentication yes\nUsePAM yes\nPidFile none\n' >/etc/ssh/other
printf '[Socket]\nListenStream=2222\nAccept=yes\n' >/etc/systemd/system/alt.socket
printf '[Service]\nExecStart=-/usr/sbin/sshd -i -f /etc/ssh/other\nStandardInput=socket\n' >/etc/systemd/system/alt@.service
systemctl daemon-reload
systemctl start alt.socket
END

state "another sshd, with passwords" "refused:listens on port 2222 as well" <<'END'
printf 'Port 2222\nPasswordAuthentication yes\nUsePAM yes\nPidFile none\n' >/etc/ssh/other
printf '[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n' >/etc/systemd/system/other-sshd.service
systemctl daemon-reload
systemctl start other-sshd
END

state "another sshd, by hand and with the files of before" "refused:as they were when somebody started it" <<'END'
/usr/sbin/sshd -p 2222
END

state "another sshd, under another name" "refused:listens on port 2222 as well" <<'END'
cp /usr/sbin/sshd /usr/local/sbin/mysshd
printf 'PasswordAuthentication yes\nPermitRootLogin yes\nPidFile none\n' >/etc/ssh/other
/usr/local/sbin/mysshd -p 2222 -f /etc/ssh/other
END

state "another sshd, strict but for one" "refused:PasswordAuthentication yes for zoe" also=zoe <<'END'
account ana
account zoe
usermod -aG sudo ana
printf 'PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\nPidFile none\n' >/etc/ssh/other
printf 'Match User zoe\n  PasswordAuthentication yes\n' >>/etc/ssh/other
/usr/sbin/sshd -f /etc/ssh/other -p 2222
END

state "another sshd, by hand and as strict" in <<'END'
printf 'PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\nPidFile none\n' >/etc/ssh/other
/usr/sbin/sshd -f /etc/ssh/other -p 2222
END

state "another sshd, from the next boot on" "refused:starts sshd at the next boot, with PermitRootLogin yes" <<'END'
printf 'Port 2222\nPasswordAuthentication yes\nPermitRootLogin yes\nPidFile none\n' >/etc/ssh/other
printf '[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/other-sshd.service
systemctl daemon-reload
systemctl enable other-sshd
END

state "Dropbear, from the next boot on" "refused:starts dropbear at the next boot" <<'END'
printf '[Service]\nExecStart=/usr/sbin/dropbear -EF -p 2222\n[Install]\nWantedBy=multi-user.target\n' >/usr/lib/systemd/system/dropbear.service
systemctl daemon-reload
systemctl enable dropbear
END

state "the operator by way of an sshd behind another socket" "refused:you came by port 2222" via=2222 <<'END'
printf '[Socket]\nListenStream=2222\nAccept=yes\n' >/etc/systemd/system/ssh-alt.socket
printf '[Service]\nExecStart=-/usr/sbin/sshd -i\nStandardInput=socket\n' >/etc/systemd/system/ssh-alt@.service
systemctl daemon-reload
systemctl start ssh-alt.socket
END

# A proxy before sshd, of whose address sshd takes everybody to come.
proxy='printf "[Socket]\nListenStream=443\n" >/etc/systemd/system/proxy.socket
printf "[Service]\nExecStart=/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:22\n" >/etc/systemd/system/proxy.service
systemctl daemon-reload
systemctl start proxy.socket'

state "the operator by way of a proxy, which the firewall shuts" "refused:you come through systemd-socket-proxyd" core via=443 <<<"$proxy"

state "the operator by way of a proxy, and its port is declared" in via=443 with=--set with=openPorts=443/tcp <<<"$proxy"

state "sshd as a unit of somebody's" "refused:does not run as ssh.service" <<'END'
served
printf '[Service]\nExecStart=/usr/sbin/sshd -D\nRuntimeDirectory=sshd\nKillMode=process\n' >/etc/systemd/system/other-sshd.service
systemctl daemon-reload
systemctl disable --now ssh
systemctl start other-sshd
END

# --- how it is started next

state "next boot: options that the daemon does not run with" "refused:systemd starts it with “-p 2222” next time" core <<'END'
served
echo 'SSHD_OPTS="-p 2222"' >/etc/default/ssh
END

state "next boot: another main file" "refused:systemd starts it with “-f /etc/ssh/other” next time" <<'END'
printf 'PasswordAuthentication yes\nPermitRootLogin yes\n' >/etc/ssh/other
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n' >/etc/systemd/system/ssh.service.d/x.conf
systemctl daemon-reload
END

state "next boot: ssh.socket in place of ssh.service" "refused:ssh.socket is enabled and takes the place" <<'END'
served
systemctl enable ssh.socket
END

state "next boot: no sshd" in <<'END'
served
systemctl disable ssh
END

state "next boot: another main file, of which systemd has not read yet" "refused:systemd starts it with “-f /etc/ssh/other” next time" <<'END'
printf 'PasswordAuthentication yes\nPermitRootLogin yes\n' >/etc/ssh/other
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n' >/etc/systemd/system/ssh.service.d/x.conf
END

state "next boot: sshd_not_to_be_run" "refused:/etc/ssh/sshd_not_to_be_run is there" core <<'END'
touch /etc/ssh/sshd_not_to_be_run
END

state "next boot: rescue" "refused:boots into rescue.target" <<'END'
systemctl set-default rescue.target
END

state "next boot: a socket on the loopback alone" "refused:ssh.socket listens on 127.0.0.1 port 22 alone" <<'END'
systemctl disable --now ssh.service
systemctl enable --now ssh.socket
mkdir -p /etc/systemd/system/ssh.socket.d
printf '[Socket]\nListenStream=\nListenStream=127.0.0.1:22\n' >/etc/systemd/system/ssh.socket.d/z.conf
END

state "next boot: a network of its own" "refused:PrivateNetwork=yes, in a network" <<'END'
served
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nPrivateNetwork=yes\n' >/etc/systemd/system/ssh.service.d/x.conf
systemctl daemon-reload
END

state "next boot: IPv4 alone, and the operator on IPv6" "refused:RestrictAddressFamilies=" over=ipv6 <<'END'
served
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nRestrictAddressFamilies=AF_UNIX AF_INET AF_NETLINK\n' >/etc/systemd/system/ssh.service.d/x.conf
END

state "addresses that systemd drops, from the next boot on" "refused:by which systemd drops what comes from" core <<'END'
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nIPAddressDeny=any\nIPAddressAllow=192.0.2.0/24\n' >/etc/systemd/system/ssh.service.d/x.conf
END

state "addresses that systemd lets in" in <<'END'
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nIPAddressDeny=any\nIPAddressAllow=10.213.0.0/16\n' >/etc/systemd/system/ssh.service.d/x.conf
END

state "host keys that others can read, from the next start on" "refused:no host key is left" <<'END'
chmod 644 /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_rsa_key
END

state "a host key of a type that is left out" "refused:no host key is left" <<'END'
rm /etc/ssh/ssh_host_ed25519_key* /etc/ssh/ssh_host_rsa_key*
reread
END

state "ssh.service masked" "refused:systemctl unmask ssh.service" <<'END'
systemctl mask ssh.service
END

state "a sandbox in which sudo cannot make root" "refused:NoNewPrivileges=yes" core <<'END'
printf 'NoNewPrivileges=yes\n' | service
END

state "a sandbox without homes" "refused:ProtectHome=yes" <<'END'
printf 'ProtectHome=yes\n' | service
END

state "a sandbox with other homes" "refused:BindPaths=/srv:/home" <<'END'
admin
printf 'BindPaths=/srv:/home\n' | service
END

state "a sandbox in which root writes nothing" "refused:ProtectSystem=strict" <<'END'
printf 'ProtectSystem=strict\n' | service
END

state "a sandbox in which nobody becomes another user" "refused:with SystemCallFilter=" shut over=console <<'END'
printf 'SystemCallFilter=~setresuid setreuid setuid\nSystemCallErrorNumber=EPERM\n' | service
END

state "a sandbox in which harden is not run" "refused:harden, which confirms the change, cannot be run" <<'END'
printf 'NoExecPaths=/usr/local\n' | service
END

state "a sandbox that hides what other processes run" in core <<'END'
printf 'CapabilityBoundingSet=~CAP_SYS_PTRACE\n' | service
END

state "a sandbox that takes nothing from logins" in <<'END'
printf 'ProtectClock=yes\nProtectKernelModules=yes\nLimitNOFILE=4096\n' | service
END

state "sshd's main file is a link" in <<'END'
mkdir /srv/ssh
mv /etc/ssh/sshd_config /srv/ssh/main
ln -s /srv/ssh/main /etc/ssh/sshd_config
systemctl reload ssh
END

state "an address with a port of its own" in <<'END'
echo "ListenAddress $(echo "$SSH_CONNECTION" | cut -d' ' -f3):2222" | dropin 20-listen.conf
END

# --- the kernel

state "kernel settings that are mounted read-only, as in a container without rights" in core <<'END'
rm /etc/sysctl.d/zz-harden.conf
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.host0.send_redirects=1 net.ipv4.tcp_rfc1337=0
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,ro,bind /proc/sys/net
END

state "kernel settings that are read-only for sessions alone" "refused:Read-only for this session" via=22 <<'END'
rm /etc/sysctl.d/zz-harden.conf
sysctl -qw net.ipv4.tcp_rfc1337=0
echo 'ProtectKernelTunables=yes' | service
END

# --- ports and packets

state "Port 2222, and no firewall yet" in core <<'END'
echo 'Port 2222' | dropin 20-port.conf
END

unread=in # where a boot moves a socket, harden does not
[ "$(inbox systemctl is-enabled ssh.socket)" != enabled ] || unread="refused:on 2222 after the next boot"
state "Port 2222 in a file that the daemon has not read yet" "$unread" <<'END'
echo 'Port 2222' >/etc/ssh/sshd_config.d/20-port.conf
END

state "sshd on IPv6 alone" in over=ipv6 <<'END'
echo 'AddressFamily inet6' | dropin 10-family.conf
END

state "two ports" in <<'END'
printf 'Port 22\nPort 2222\n' | dropin 20-port.conf
END

state "Port 2222, ufw lets 22 in" in <<'END'
ufw allow 22/tcp
ufw --force enable
echo 'Port 2222' | dropin 20-port.conf
END

state "Port 22, ufw lets 2222 in" in <<'END'
ufw allow 2222/tcp
ufw --force enable
END

state "ufw deny 22 ahead" in core <<'END'
ufw deny 22
ufw allow 22/tcp
ufw --force enable
END

state "ufw deny from the operator's network" "refused:packet filter" shut <<'END'
ufw allow 22/tcp
ufw prepend deny from 10.213.0.0/16
ufw --force enable
END

state "before.rules that drops what follows the first packet" "refused:of a connection that was let in" <<'END'
sed -i '/^# quickly process/a -A ufw-before-input -m conntrack --ctstate ESTABLISHED -j DROP' /etc/ufw/before.rules
END

state "before.rules that drops 22, ufw off" "refused:packet filter" core <<'END'
sed -i '/^COMMIT/i -A ufw-before-input -p tcp --dport 22 -j DROP' /etc/ufw/before.rules
END

state "ufw.service masked" "refused:systemctl unmask ufw.service" <<'END'
systemctl mask ufw.service
END

state "IPV6=no, and the operator on IPv6" in core over=ipv6 <<'END'
sed -i 's/^IPV6=.*/IPV6=no/' /etc/default/ufw
END

state "the operator on IPv6" in over=ipv6 </dev/null

state "an nft table of somebody's that drops" "refused:nft table" shut <<'END'
nft -f - <<'NFT'
table inet guard {
  chain input {
    type filter hook input priority 0; policy accept;
    ct state established,related accept
    tcp dport 22 drop
  }
}
NFT
END

state "an nft table of somebody's that drops from the next boot on" "refused:after a boot" <<'END'
printf 'flush ruleset\ntable inet mine {\n chain in {\n  type filter hook input priority 0; policy drop;\n' >/etc/nftables.conf
printf '  iif lo accept\n  ct state established accept\n  tcp dport 2222 accept\n }\n}\n' >>/etc/nftables.conf
systemctl enable nftables
END

state "an nft table of somebody's that lets in from the next boot on" in <<'END'
printf 'table inet mine {\n chain in {\n  type filter hook input priority 0; policy drop;\n' >/etc/nftables.conf
printf '  iif lo accept\n  ct state established accept\n  tcp dport 22 accept\n }\n}\n' >>/etc/nftables.conf
systemctl enable nftables
END

persistent() {
  cat <<END
mkdir -p /etc/iptables
printf '*filter\\n:INPUT DROP [0:0]\\n-A INPUT -i lo -j ACCEPT\\n-A INPUT -p tcp --dport $1 -j ACCEPT\\nCOMMIT\\n' >/etc/iptables/rules.v4
printf '[Service]\\nType=oneshot\\nExecStart=/usr/sbin/netfilter-persistent start\\n[Install]\\nWantedBy=multi-user.target\\n' >/usr/lib/systemd/system/netfilter-persistent.service
systemctl daemon-reload
systemctl enable netfilter-persistent
END
}

state "saved rules that drop from the next boot on" "refused:loads /etc/iptables/rules.v4 at the next boot" core < <(persistent 2222)

state "saved rules that let in from the next boot on" in < <(persistent 22)

state "a unit of somebody's with an nft table that drops" "refused:which it loads at the next boot" <<'END'
printf 'table inet own {\n chain in {\n  type filter hook input priority 0; policy drop;\n  iif lo accept\n }\n}\n' >/etc/own.nft
printf '[Service]\nType=oneshot\nExecStart=/usr/sbin/nft -f /etc/own.nft\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/ownfw.service
systemctl daemon-reload
systemctl enable ownfw
END

state "a script that drops at the next boot" "refused:gives commands to iptables at the next boot" core <<'END'
printf '#!/bin/sh\niptables -I INPUT 1 -p tcp --dport 22 -j DROP\n' >/root/fw
chmod 755 /root/fw
echo '@reboot root /root/fw' >/etc/cron.d/fw
END

state "a script that lets in at the next boot" in <<'END'
printf '#!/bin/sh\niptables -P INPUT DROP\niptables -I INPUT 1 -p tcp --dport 22 -j ACCEPT\n' >/etc/rc.local
chmod 755 /etc/rc.local
END

state "init's own script that drops at the next boot" "refused:gives commands to iptables at the next boot" <<'END'
printf '#!/bin/sh\n/sbin/iptables -F\n/sbin/iptables -P INPUT DROP\n' >/etc/init.d/fw
chmod 755 /etc/init.d/fw
ln -s ../init.d/fw /etc/rc2.d/S01fw
END

state "a command beside another unit's file that drops at the next boot" "refused:gives commands to iptables at the next boot" <<'END'
mkdir -p /etc/systemd/system/cron.service.d
printf '[Service]\nExecStartPost=/usr/sbin/iptables -I INPUT 1 -p tcp --dport 22 -j DROP\n' >/etc/systemd/system/cron.service.d/fw.conf
END

state "a script of ufw's that drops" "refused:the kernel drops a packet from" <<'END'
printf '#!/bin/sh\n[ "$1" != start ] || iptables -I INPUT 1 -p tcp --dport 22 -m conntrack --ctstate NEW -j DROP\n' >/etc/ufw/after.init
chmod 755 /etc/ufw/after.init
END

state "firewalld from the next boot on" "refused:firewalld starts at the next boot" <<'END'
printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' >/usr/lib/systemd/system/firewalld.service
systemctl daemon-reload
systemctl enable firewalld
END

state "iptables -F under ufw" in over=console <<'END'
ufw allow 22/tcp
ufw --force enable
iptables -F
END

state "nft flush ruleset under ufw" in core <<'END'
ufw allow 22/tcp
ufw --force enable
nft flush ruleset
END

state "an iptables rule ahead of ufw that drops" "refused:packet filter" shut <<'END'
iptables -I INPUT 1 -p tcp --dport 22 -m conntrack --ctstate NEW -j DROP
END

state "a set of addresses, the operator's in it" in <<'END'
ipset create home hash:net
ipset add home "${SSH_CONNECTION%% *}/32"
iptables -I INPUT 1 -p tcp --dport 22 -m conntrack --ctstate NEW -m set ! --match-set home src -j DROP
END

state "a set of addresses without the operator's" "refused:packet filter" shut <<'END'
ipset create home hash:net
ipset add home 192.0.2.0/24
iptables -I INPUT 1 -p tcp --dport 22 -m conntrack --ctstate NEW -m set ! --match-set home src -j DROP
END

state "answers that go back by a mark, and by another interface without it" in core <<'END'
visitor=${SSH_CONNECTION%% *}
sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.host0.rp_filter=0
ip link add dummy0 type veth peer name dummy1
ip link set dummy0 up
ip link set dummy1 up
sysctl -w net.ipv4.conf.dummy0.rp_filter=0
iptables -t mangle -A PREROUTING -i host0 -j CONNMARK --set-mark 1
iptables -t mangle -A OUTPUT -j CONNMARK --restore-mark
echo marked; sleep 1 # a packet of this very session comes in, and gives it the mark
ip rule add fwmark 1 lookup 100
ip route add default via "$visitor" dev host0 table 100
ip route replace "$visitor/32" dev dummy0
END

state "a root folder that its group can write" in <<'END'
chmod 775 /
END

# --- the account

state "a second account with uid 0" in also=toor <<'END'
useradd -o -u 0 -g 0 -m -d /home/toor -s /bin/bash toor
echo toor:known-password | chpasswd
END

state "an administrator without a key" in core <<'END'
account deploy
rm -rf /home/deploy/.ssh
END

state "an administrator with sudo by password" in sudo=password <<'END'
account deploy
usermod -aG sudo deploy
END

state "sudo by root's password, and root has none" in <<'END'
account deploy
usermod -aG sudo deploy
echo 'Defaults rootpw' >/etc/sudoers.d/rootpw
passwd -l root
END

state "sudo for everybody but root" in <<'END'
account deploy
echo 'deploy ALL=(ALL, !root) ALL' >/etc/sudoers.d/deploy
END

state "sudo by password, without its setuid bit" "refused:sudo" <<'END'
account deploy
usermod -aG sudo deploy
chmod u-s /usr/bin/sudo
END

state "sudo by password, which PAM takes from others alone" "refused:though it was given the right password" core <<'END'
account deploy
usermod -aG sudo deploy
echo root >/etc/sudo-users
sed -i '1i auth required pam_listfile.so item=user sense=allow file=/etc/sudo-users onerr=fail' /etc/pam.d/sudo
END

state "sudo by password of an account that PAM refuses" "refused:though it was given the right password" <<'END'
account deploy
usermod -aG sudo deploy
echo '-:deploy:ALL' >/etc/security/access-sudo.conf
sed -i '1i account required pam_access.so accessfile=/etc/security/access-sudo.conf' /etc/pam.d/sudo
END

state "sudo by password, with a log that cannot be written" "refused:though it was given the right password" <<'END'
account deploy
usermod -aG sudo deploy
echo 'Defaults log_output, iolog_dir=/proc/nothere' >/etc/sudoers.d/zz-policy
chmod 440 /etc/sudoers.d/zz-policy
END

state "sudo by password, and by what else PAM may ask for" in sudo=password <<'END'
account deploy
usermod -aG sudo deploy
sed -i '1i auth required pam_exec.so quiet /usr/bin/true' /etc/pam.d/sudo
END

state "sudo by password at a terminal, with tries that are counted" in sudo=typed <<'END'
account deploy
usermod -aG sudo deploy
echo 'Defaults:deploy requiretty, lecture=always, passprompt_override, insults' >/etc/sudoers.d/zz-policy
chmod 440 /etc/sudoers.d/zz-policy
cat >/etc/pam.d/common-auth <<'PAM'
auth required pam_faillock.so preauth
auth [success=2 default=ignore] pam_unix.so nullok
auth [default=die] pam_faillock.so authfail
auth requisite pam_deny.so
auth required pam_faillock.so authsucc
auth required pam_permit.so
PAM
END

state "sudo by password of root's" in sudo=password <<'END'
account deploy
usermod -aG sudo deploy
echo 'Defaults rootpw' >/etc/sudoers.d/rootpw
echo root:known-password | chpasswd
END

state "sudo by password that was written in the place of its hash" in <<'END'
useradd -m -s /bin/bash -G sudo -p hunter2secret deploy
END

state "sudo by password, of a hash that no scheme makes" in <<'END'
useradd -m -s /bin/bash -G sudo -p '$8$abc$defghijkl' deploy
END

state "a key that root copied" in core <<'END'
admin
rm -rf /home/deploy/.ssh
cp -r /root/.ssh /home/deploy/.ssh
printf '%s\n' "$KEY" >/home/deploy/.ssh/authorized_keys
END

state "home 0777" in core <<'END'
admin
chmod 777 /home/deploy
END

state "home 0775 with a group of others" in <<'END'
admin
chmod 775 /home/deploy
chgrp www-data /home/deploy
END

state "home 0775, the own group has another member" in <<'END'
admin
chmod 775 /home/deploy
usermod -aG deploy www-data
END

state "home of root's" in <<'END'
mkdir -p /home/deploy
useradd -m -s /bin/bash deploy
END

state "an account with another one's number" "refused:Two accounts with one number" <<'END'
account ana
useradd -o -u "$(id -u ana)" -m -s /bin/bash -p '*' deploy
END

state "a shell that ends before it runs anything" "refused:before it runs anything" <<'END'
admin
sed -i '1i exit 0' /home/deploy/.bashrc
END

state "a shell that talks when it starts" in <<'END'
admin
sed -i '1i echo Hello; printf "\\033[2J"' /home/deploy/.bashrc
END

state "home missing" in <<'END'
admin
rm -rf /home/deploy
END

state "home in a place of its own" in <<'END'
useradd -m -d /srv/people/deploy -b /srv -s /bin/bash deploy || { mkdir -p /srv/people && useradd -m -d /srv/people/deploy -s /bin/bash deploy; }
END

state "homes that a reboot empties" "refused:which a reboot empties" <<'END'
mount -t tmpfs tmpfs /home
END

state "next boot: homes that were mounted by hand" "refused:/home was mounted by hand" core <<'END'
mkdir -p /data/home
mount --bind /data/home /home
END

state "next boot: homes that are mounted, and noauto" "refused:its line in /etc/fstab says noauto" <<'END'
mkdir -p /data/home
echo '/data/home /home none bind,noauto 0 0' >>/etc/fstab
systemctl daemon-reload
mount /home
END

state "next boot: homes of fstab that are not mounted yet" "refused:by /etc/fstab a boot mounts /data/home at /home" <<'END'
mkdir -p /data/home
echo '/data/home /home none bind,nofail 0 0' >>/etc/fstab
END

state "next boot: homes of fstab whose unit is masked until then" "refused:by /etc/fstab a boot mounts /data/home at /home" <<'END'
mkdir -p /data/home
echo '/data/home /home none bind,nofail 0 0' >>/etc/fstab
systemctl daemon-reload
systemctl mask --runtime home.mount
END

state "next boot: a home of fstab that is not mounted yet" "refused:by /etc/fstab a boot mounts /data/deploy at /home/deploy" <<'END'
admin
mkdir -p /data/deploy
echo '/data/deploy /home/deploy none bind 0 0' >>/etc/fstab
systemctl daemon-reload
END

state "next boot: homes of another place than today's" "refused:a boot mounts /data/other there" <<'END'
mkdir -p /data/home /data/other
mount --bind /data/home /home
echo '/data/other /home none bind 0 0' >>/etc/fstab
systemctl daemon-reload
END

state "next boot: homes of a unit that mounts them" in <<'END'
mkdir -p /data/home
printf '[Mount]\nWhat=/data/home\nWhere=/home\nType=none\nOptions=bind\n[Install]\nWantedBy=multi-user.target\n' \
  >/etc/systemd/system/home.mount
systemctl enable --now home.mount
END

state "next boot: homes of fstab that are mounted" in core <<'END'
mkdir -p /data/home
echo '/data/home /home none bind,nofail 0 0' >>/etc/fstab
systemctl daemon-reload
mount /home
END

state "next boot: a way back that was mounted by hand" "refused:/var/lib was mounted by hand" <<'END'
mkdir -p /data/lib
cp -a /var/lib/. /data/lib
mount --bind /data/lib /var/lib
END

state "a link in place of .ssh" "refused:is a link" <<'END'
admin
mv /home/deploy/.ssh /srv/keys
ln -s /srv/keys /home/deploy/.ssh
END

state "keys with CRLF" in <<'END'
admin
printf '# keys\r\n%s\r\n' "$KEY" >/home/deploy/.ssh/authorized_keys
END

state "keys with a byte order mark" in <<'END'
admin
printf '\357\273\277%s\n' "$KEY" >/home/deploy/.ssh/authorized_keys
END

state "a key without a newline after it" in <<'END'
admin
printf 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJzV2ixhLYdqnkaGFVPvGhGQ0oLGvAE2Mzq1xkq0fB1d other' >/home/deploy/.ssh/authorized_keys
END

state "a key with from= another address" in core <<'END'
admin
printf 'from="192.0.2.7" %s\n' "$KEY" >/home/deploy/.ssh/authorized_keys
END

state "a key with a forced command" in <<'END'
admin
printf 'command="/bin/true",no-pty %s\n' "$KEY" >/home/deploy/.ssh/authorized_keys
END

state "a key that expired" in <<'END'
admin
printf 'expiry-time="20200101" %s\n' "$KEY" >/home/deploy/.ssh/authorized_keys
END

state "an account that expired" in core <<'END'
admin
chage -E 1 deploy
END

state "a password that is forced to change" in <<'END'
admin
echo deploy:known-password | chpasswd
chage -d 0 deploy
END

state "keys beside a password that will be over age" in <<'END'
admin
chage -M 90 deploy
END

state "an sshrc that does not end" "refused:in no shell within 30 seconds" shut over=console <<'END'
echo 'sleep 1000' >/etc/ssh/sshrc
END

state "a password that is over age and long inactive" in <<'END'
admin
echo deploy:known-password | chpasswd
chage -d 2020-01-01 -M 30 -I 10 deploy
END

state "shell nologin" in core <<'END'
admin
usermod -s /usr/sbin/nologin deploy
END

state "a shell that is not there" in <<'END'
admin
usermod -s /usr/bin/fish deploy
END

state "a locked password, and UsePAM no" in <<'END'
admin
usermod -p '!' deploy
echo 'UsePAM no' | dropin 20-pam.conf
END

state "/etc/nologin" "refused:/etc/nologin" core <<'END'
echo 'Closed for maintenance.' >/etc/nologin
END

state "pam_access that admits root alone" "refused:pam_access" <<'END'
sed -i 's/^# account  *required  *pam_access.so/account required pam_access.so/' /etc/pam.d/sshd
grep -q '^account required pam_access.so' /etc/pam.d/sshd
echo '-:ALL EXCEPT root:ALL' >>/etc/security/access.conf
END

state "pam_access with rules of its own, by address" "refused:The rehearsed login failed" core <<'END'
printf -- '-:ALL EXCEPT root:10.0.0.0/8\n' >/etc/security/ssh-access.conf
sed -i '1i account required pam_access.so accessfile=/etc/security/ssh-access.conf' /etc/pam.d/sshd
END

state "hosts.deny" "refused:hosts.deny" shut <<'END'
echo 'sshd: ALL' >>/etc/hosts.deny
END

state "limits that allow no login" "refused:The rehearsed login failed" <<'END'
echo '* hard maxlogins 0' >/etc/security/limits.d/none.conf
END

state "pam_listfile that admits root alone" "refused:The rehearsed login failed" <<'END'
echo root >/etc/ssh/admitted
sed -i '1i account required pam_listfile.so onerr=fail item=user sense=allow file=/etc/ssh/admitted' /etc/pam.d/sshd
END

state "accounts that expire at once, in a home elsewhere, with old passwords" in <<'END'
mkdir -p /srv/people
useradd -D -b /srv/people -s /bin/false -e 2020-01-01 -f 0
sed -i 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 1/; s/^USERGROUPS_ENAB.*/USERGROUPS_ENAB no/' /etc/login.defs
END

# --- sudo

state "sudoers that takes it away again" "refused:sudo does not obey" <<'END'
admin
rm /etc/sudoers.d/deploy
echo 'deploy ALL=(ALL:ALL) PASSWD: ALL' >/etc/sudoers.d/zz-policy
chmod 440 /etc/sudoers.d/zz-policy
END

state "sudoers that forbids it" "refused:sudo does not obey" core <<'END'
echo 'deploy ALL=(ALL:ALL) !ALL' >/etc/sudoers.d/zz-policy
chmod 440 /etc/sudoers.d/zz-policy
END

state "sudoers without its folder" "refused:sudo does not obey" <<'END'
sed -i '/includedir/d' /etc/sudoers
admin
END

state "a file among sudo's rules that has a fault" "refused:sudo's rules have a fault" <<'END'
echo 'ana ALL=(ALL' >/etc/sudoers.d/zz-fault
chmod 440 /etc/sudoers.d/zz-fault
END

state "sudo that wants a terminal" "in" sudo=terminal <<'END'
echo 'Defaults requiretty' >/etc/sudoers.d/zz-policy
chmod 440 /etc/sudoers.d/zz-policy
END

state "sudo that wants a terminal of the administrator" "in" sudo=terminal <<'END'
admin
echo 'Defaults:deploy requiretty' >/etc/sudoers.d/zz-policy
chmod 440 /etc/sudoers.d/zz-policy
END

state "sudo that runs nothing further" "refused:noexec" core <<'END'
admin
echo 'Defaults noexec' >/etc/sudoers.d/zz-policy
chmod 440 /etc/sudoers.d/zz-policy
END

state "sudo that makes somebody else than root" "refused:sudo makes www-data, not root" <<'END'
account deploy
usermod -aG sudo deploy
echo 'Defaults runas_default=www-data' >/etc/sudoers.d/zz-policy
chmod 440 /etc/sudoers.d/zz-policy
END

state "sudo that PAM shuts" "refused:Root itself is refused" <<'END'
sed -i '1i account required pam_deny.so' /etc/pam.d/sudo
END

state "root's password over age" in core <<'END'
chage -d 0 root
END

state "root's account past its end" in <<'END'
passwd -l root
chage -E 1 root
END

state "sudo whose rules are in a directory that is not there" "refused:/etc/nsswitch.conf" <<'END'
echo 'sudoers: sss' >>/etc/nsswitch.conf
END

state "sudo is not installed" in <<'END'
SUDO_FORCE_REMOVE=yes apt-get -qy purge sudo
END

# --- nobody to let in

state "no key is declared" "refused:the key is missing" with=--set with=administrators=nobody-else </dev/null

state "root is declared as the administrator" "refused:root is no administrator" with=--set \
  with="administrators=root $(cat "$work/key.pub")" </dev/null

echo "figures: release $RELEASE: $tried states: $let_in to be let in, $refused to be refused; $(wc -c <"$work/logins") logins attempted; not right: ${#wrong[@]}"
for title in "${wrong[@]}"; do echo "not right: $title"; done
check "states were tried" test "$tried" -gt 0
