#!/bin/bash
# An undo that would shut everybody out, or leave nobody who becomes root, is refused before its first step, and one that
# would not is not.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

as() { timeout 60 "$LAB" ssh "$1@$box" -i "$2" "${@:3}"; }
owner() { as deploy "$work/key" "$@"; }

inbox harden apply vps --set "administrators=deploy $(cat "$work/key.pub")" --yes --no-confirm --from "$peer" >"$work/first" 2>&1 ||
  { cat "$work/first"; exit 1; }
"$LAB" save "$box"

# refused TITLE [WORDS], with what makes it so on standard input.
refused() {
  local code=0 words=${2-Nobody would get in any more}
  echo "# $1"
  "$LAB" restore "$box"
  owner true </dev/null # starts sshd where a socket listens for it
  inbox sh -eu >/dev/null 2>&1
  sleep 1 # while sshd reads its files anew it is not there
  owner sudo -n harden undo --yes >"$work/undo" 2>&1 </dev/null || code=$?
  equal "$1: undo is refused" 1 "$code"
  contains "$1: and says why" "$words" "$(cat "$work/undo")"
  equal "$1: the administrator still gets in" 0 "$(owner sudo -n id -u || true)"
}

refused "root has neither password nor key" <<'END'
passwd -l root
rm -f /root/.ssh/authorized_keys
END

refused "AllowGroups leaves root out" <<'END'
groupadd ops
usermod -aG ops deploy
echo 'AllowGroups ops' >/etc/ssh/sshd_config.d/30-ops.conf
systemctl reload ssh
END

refused "pam_access admits the administrator alone" <<'END'
sed -i 's/^# account  *required  *pam_access.so/account required pam_access.so/' /etc/pam.d/sshd
echo '-:ALL EXCEPT deploy:ALL' >>/etc/security/access.conf
END

refused "root's key is bound to another address" <<'END'
passwd -l root
echo 'PermitRootLogin yes' >/etc/ssh/sshd_config.d/40-root.conf
printf 'from="192.0.2.1" %s\n' "$(cat /root/.ssh/authorized_keys)" >/root/.ssh/authorized_keys
systemctl reload ssh
END

# Somebody with a key and without sudo; root has neither key nor password.
unprivileged() {
  cat <<'END'
passwd -l root
rm -f /root/.ssh/authorized_keys
useradd -m -s /bin/bash -p '*' debian
install -d -m 700 -o debian -g debian /home/debian/.ssh
install -m 600 -o debian -g debian /home/deploy/.ssh/authorized_keys /home/debian/.ssh/
END
}
refused "whoever gets in does not become root" "Nobody who gets in could become root any more" < <(unprivileged)

echo "# … unless root's password is one to type"
"$LAB" restore "$box"
unprivileged | inbox sh -eu >/dev/null 2>&1
inbox sh -c 'echo root:su-and-so | chpasswd 2>/dev/null; echo "PermitRootLogin no" >/etc/ssh/sshd_config.d/01-root.conf'
exits "undo goes through" 0 owner sudo -n harden undo --yes
equal "and who is left gets in" debian "$(as debian "$work/key" id -un || true)"

echo "# root gets in by key"
"$LAB" restore "$box"
owner sh -c '"echo work >notes.txt"'
owner sudo -n harden undo >"$work/plan" 2>&1 </dev/null || :
plan=$(tr -s ' \n' ' ' <"$work/plan")
contains "the plan says that the administrator's work stays" "/home/deploy stays: something lies in it" "$plan"
contains "… and that the account does" "account deploy shut, expired and locked, not removed: /home/deploy still belongs to it" "$plan"
exits "undo goes through" 0 owner sudo -n harden undo --yes
equal "the work is there" work "$(inbox cat /home/deploy/notes.txt)"
equal "the account is, and is shut" "deploy:!*:1" "$(inbox sed -n 's/^\(deploy:[^:]*\):.*:\([0-9]*\):$/\1:\2/p' /etc/shadow)"
equal "and root gets in" 0 "$(as root "$(fact key)" id -u || true)"

echo "# a port that somebody had ufw open since"
"$LAB" restore "$box"
check "all of it is taken back" inbox harden undo --yes
inbox sh -c 'ufw allow 22/tcp && ufw --force enable' >"$work/ufw" 2>&1 || cat "$work/ufw"
exits "an apply beside a firewall that runs" 0 inbox harden apply vps \
  --set "administrators=deploy $(cat "$work/key.pub")" --set open-ports=8081/tcp --yes --no-confirm --from "$peer"
inbox ufw allow 9999/tcp >"$work/ufw" 2>&1 || cat "$work/ufw"
exits "undo is refused, since somebody changed ufw's files" 1 inbox harden undo --yes
contains "the port is open" "9999" "$(inbox iptables -S)"
exits "undo --force goes through" 0 inbox harden undo --yes --force
equal "neither port is in the kernel, nor in ufw's files" "" \
  "$(inbox sh -c 'iptables -S; ip6tables -S; ufw status' | grep -E '9999|8081' || :)"
contains "and SSH's is" "--dport 22 -j ACCEPT" "$(inbox iptables -S)"
