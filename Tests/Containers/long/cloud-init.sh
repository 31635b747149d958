#!/bin/bash
# An apply on a server that cloud-init is still setting up: it waits, and what cloud-init opens in the meantime is closed.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

echo "# a server as a provider's image boots it for the first time"
inbox sh -eu <<'END' >"$work/install" 2>&1 || { tail "$work/install"; exit 1; }
apt-get -q update
DEBIAN_FRONTEND=noninteractive apt-get -qy install cloud-init
mkdir -p /var/lib/cloud/seed/nocloud
printf 'instance-id: one\nlocal-hostname: box\n' >/var/lib/cloud/seed/nocloud/meta-data
cat >/var/lib/cloud/seed/nocloud/user-data <<'DATA'
#cloud-config
ssh_pwauth: true
disable_root: false
ssh_deletekeys: false
users: [default]
chpasswd: { expire: false, users: [{ name: debian, password: known-password, type: text }] }
runcmd: [[sleep, 30], [touch, /root/set-up]]
DATA
printf 'network: {config: disabled}\ndatasource_list: [NoCloud]\n' >/etc/cloud/cloud.cfg.d/99-seed.cfg
cloud-init clean
END
inbox systemctl reboot || :
at_work() { [[ $(timeout 5 "$LAB" exec "$box" cloud-init status 2>/dev/null) == *running* ]]; }
for _ in $(seq 120); do ! at_work || break; sleep 0.5; done
check "cloud-init is at work" at_work

said=$(inbox harden apply vps --set "administrators=ana $(cat "$work/key.pub")" --yes --no-confirm --from "$peer" 2>&1) ||
  { echo "$said"; exit 1; }
contains "apply says what it waits for" "waiting for cloud-init to finish setting this server up" "$said"
check "cloud-init has come to its end" inbox test -e /root/set-up
contains "which let passwords in" "PasswordAuthentication yes" "$(inbox cat /etc/ssh/sshd_config.d/50-cloud-init.conf)"
check "the administrator gets in" "$LAB" ssh "ana@$box" -i "$work/key" sudo -n true
refuse "cloud-init's account does not, by its password" "$LAB" password "debian@$box" known-password true
refuse "nor does root" "$LAB" password "root@$box" hunter2-lab true
exits "and nothing is left to do" 0 inbox harden verify --from "$peer"

echo "# the next boot, which cloud-init has a part in as well"
"$LAB" reboot "$box"
inbox cloud-init status --wait >/dev/null || :
check "the administrator gets in" "$LAB" ssh "ana@$box" -i "$work/key" sudo -n true
refuse "a password is refused" "$LAB" password "debian@$box" known-password true
exits "and all is as it was" 0 inbox harden verify --from "$peer"
