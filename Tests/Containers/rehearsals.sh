#!/bin/bash
# What a plan tries before anything is done: the administrator's own key at the planned sshd, a packet through the
# planned packet filter. Nothing of it stays behind, and what fails refuses the plan.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

ssh-keygen -q -t rsa -b 2048 -N '' -C rsa -f "$work/rsa"
operator() { "$LAB" ssh "root@$box" "$@"; }
administrators="administrators=deploy $(cat "$work/key.pub")"
# As one line, whatever the width.
plan() { operator "harden plan vps --set '$administrators' $*" 2>&1 | tr -s ' \n' ' '; }
json() { operator "harden plan vps --set '$administrators' --json" 2>/dev/null; }
# What is left of a rehearsal: files, processes, interfaces, mounts.
leftovers() {
  inbox sh -c 'find /run /tmp /var/tmp /mnt /root -not -path "/run/systemd/*" -not -path "/run/log/*" -not -path "/run/user/*" \
    -not -path "/run/motd*" -not -path "/run/udev/*" -not -path /run/agetty.reload | sort; cat /proc/mounts | grep -v "/run/user/" | sort
    ip -br link | awk "{ print \$1 }"; ls /run/netns 2>/dev/null; pgrep -l "^(nft|ssh|ip)$" || :'
}

echo "# a blank host"
# Ubuntu brings the packet filter's programs along; here they are to come with the plan.
inbox apt-get -qy purge ufw iptables >"$work/apt" 2>&1 || cat "$work/apt"
operator true # a first login starts sshd where a socket listens for it
"$LAB" snapshot "$box" "$work/before"
leftovers >"$work/left.before"
said=$(plan)
contains "the administrator's key is accepted by an sshd for an account that is not there yet" \
  "Rehearsed: the planned sshd accepts deploy's key SHA256:" "$said"
contains "what the packages must bring first is said" \
  "Not rehearsed: a packet from $peer to tcp/22: iptables is not installed yet; apply rehearses it once the packages are there." "$said"
contains "the plan says that its apply arms a revert" "unless sudo harden confirm is run from a fresh login within 5 minutes" "$said"
"$LAB" snapshot "$box" "$work/after"
equal "nothing on the host moved" "" "$(diff "$work/before" "$work/after" || :)"
leftovers >"$work/left.after"
equal "and nothing is left" "" "$(diff "$work/left.before" "$work/left.after" || :)"

echo "# what only sshd knows: a binary list of revoked keys"
"$LAB" put "$box" "$work/key.pub" /root/key.pub
inbox sh -c 'ssh-keygen -q -kf /etc/ssh/revoked /root/key.pub; rm /root/key.pub
  echo "RevokedKeys /etc/ssh/revoked" >/etc/ssh/sshd_config.d/20-revoked.conf; systemctl reload ssh; sleep 1'
said=$(plan)
contains "the plan is refused, naming the link" "the chain breaks at the link “key”: sshd does not take it: “" "$said"
contains "in sshd's own words" "revoked by file /etc/ssh/revoked" "$said"
contains "and says so at its end" "Apply refuses this plan." "$said"
exits "apply refuses it before anything is touched" 1 operator "harden apply vps --set '$administrators' --yes"
equal "… nothing was" "" "$(inbox sh -c 'ls /var/lib/harden/runs 2>/dev/null; id deploy 2>/dev/null' || :)"
inbox sh -c 'rm /etc/ssh/sshd_config.d/20-revoked.conf /etc/ssh/revoked; systemctl reload ssh; sleep 1'

echo "# sshd judges by the address that the operator comes from"
inbox sh -c 'printf "Match Address *,!$1\n  PubkeyAuthentication no\n" >/etc/ssh/sshd_config.d/20-home.conf; systemctl reload ssh; sleep 1' sh "$peer"
contains "the key is taken from there" "Rehearsed: the planned sshd accepts deploy's key" "$(plan)"
contains "from elsewhere it is not taken today, and the plan says that it would be" "PubkeyAuthentication no → yes" \
  "$(inbox harden plan vps --set "$administrators" --from 192.0.2.7 2>&1 | tr -s ' \n' ' ')"
inbox sh -c 'rm /etc/ssh/sshd_config.d/20-home.conf; systemctl reload ssh; sleep 1'

echo "# a daemon on another port that looks names up, and allows one try"
# A socket has ports of its own: for this while sshd is without one.
socket=$(inbox systemctl is-enabled ssh.socket || :)
[ "$socket" != enabled ] || inbox sh -c 'systemctl disable --now ssh.socket; systemctl enable ssh.service' >"$work/log" 2>&1
inbox sh -c 'echo "SSHD_OPTS=\"-o UseDNS=yes -p 2200\"" >/etc/default/ssh
  printf "Match User deploy\n  MaxAuthTries 1\n" >/etc/ssh/sshd_config.d/20-one.conf; systemctl restart ssh'
said=$(inbox harden plan vps --set "$administrators" --from "$peer" 2>&1 | tr -s ' \n' ' ')
contains "the key is taken there as well" "Rehearsed: the planned sshd accepts deploy's key" "$said"
contains "and the packet goes to its port" "a packet from $peer to tcp/2200" "$said"
inbox sh -c 'rm /etc/default/ssh /etc/ssh/sshd_config.d/20-one.conf; systemctl restart ssh'
[ "$socket" != enabled ] || {
  inbox sh -c 'systemctl disable --now ssh.service; systemctl enable --now ssh.socket' >"$work/log" 2>&1
  operator true
}

echo "# a host with a firewall"
operator "harden apply vps --set '$administrators' --yes --no-confirm" >"$work/apply" 2>&1 || { cat "$work/apply"; exit 1; }
said=$(tr -s ' \n' ' ' <"$work/apply")
contains "apply offers the key again" "Rehearsed: the planned sshd accepts deploy's key SHA256:" "$said"
contains "and sends the packet, now that iptables is there" \
  "Rehearsed: the kernel lets a packet from $peer to tcp/22 in, by -A ufw-user-input" "$said"
contains "before it logs in" "Rehearsed: deploy logs in through the planned configuration" "$said"
settled=$(inbox harden plan --json --from "$peer" 2>/dev/null)
contains "a settled host" '"steps" : [

  ]' "$settled"
lacks "is asked nothing of the kind" '"link"' "$settled"
inbox sh -c 'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/00-harden.conf; systemctl reload ssh; sleep 1'
"$LAB" snapshot "$box" "$work/before"
leftovers >"$work/left.before"
said=$(inbox harden plan --from "$peer" 2>&1 | tr -s ' \n' ' ')
contains "the kernel's verdict on the packet, with its rule" \
  "Rehearsed: the kernel lets a packet from $peer to tcp/22 in, by -A ufw-user-input" "$said"
inbox journalctl -q --sync
journal() { inbox journalctl -q -o cat -t sshd -t sshd-session -t sshd-auth --no-pager | wc -l; }
lines=$(journal)
said=$(inbox harden plan --from "$peer6" 2>&1 | tr -s ' \n' ' ')
contains "and over IPv6" "Rehearsed: the kernel lets a packet from $peer6 to tcp/22 in, by -A ufw6-user-input" "$said"
contains "the key as well" "Rehearsed: the planned sshd accepts deploy's key" "$said"
inbox journalctl -q --sync
equal "nobody who reads the journal counts it against the operator" "$lines" "$(journal)"
"$LAB" snapshot "$box" "$work/after"
equal "nothing on the host moved" "" "$(diff "$work/before" "$work/after" || :)"
leftovers >"$work/left.after"
equal "and nothing is left" "" "$(diff "$work/left.before" "$work/left.after" || :)"

echo "# who else gets in: whoever an authority vouches for"
for name in ca guest; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$work/$name"; done
ssh-keygen -q -s "$work/ca" -I guest -n deploy "$work/guest.pub"
authority=$(ssh-keygen -lf "$work/ca.pub" | cut -d' ' -f2)
guest() { "$LAB" ssh "deploy@$box" -i "$work/guest" -o "CertificateFile=$work/guest-cert.pub" sudo -n id -un; }
told() { inbox harden plan --verbose --from "$peer" 2>&1 | tr -s ' \n' ' '; }
refuse "nobody vouches for a guest" guest
"$LAB" put "$box" "$work/ca.pub" /etc/ssh/ca.pub
inbox sh -c 'echo "TrustedUserCAKeys /etc/ssh/ca.pub" >/etc/ssh/sshd_config.d/20-ca.conf; systemctl reload ssh; sleep 1'
equal "with a certificate a guest is root, by a key that nobody declared" root "$(guest)"
closing="sed -i '1s/^/#/' /etc/ssh/sshd_config.d/20-ca.conf; systemctl"
contains "the plan names the authority, whom it lets in as, and what closes that" \
  "whoever has a certificate signed by $authority “ca” gets in as deploy: TrustedUserCAKeys /etc/ssh/ca.pub, set by \
/etc/ssh/sshd_config.d/20-ca.conf:1. To close it: $closing" "$(told)"
inbox sh -c "$closing reload ssh; sleep 1"
refuse "which it does" guest
lacks "and then the plan is silent" "a certificate signed by" "$(told)"
inbox sh -c 'sed "s/^/cert-authority /" /etc/ssh/ca.pub >>/home/deploy/.ssh/authorized_keys'
equal "so is one whom a line of the account's own names" root "$(guest)"
closing="sed -i '2s/^/#/' /home/deploy/.ssh/authorized_keys"
contains "which the plan names, too" "deploy lets in whoever has a certificate signed by $authority “ca”: cert-authority in \
/home/deploy/.ssh/authorized_keys:2. To close it: $closing" "$(told)"
inbox sh -c "$closing"
refuse "and closes" guest

echo "# a drop that is none of ufw's"
inbox apt-get -qy install nftables >/dev/null 2>&1
inbox nft -f - <<<"table inet strict { set home { type ipv4_addr; flags interval; elements = { 192.0.2.0/24 } }
  chain input { type filter hook input priority 10; tcp dport 22 ip saddr != @home drop; }; }"
said=$(inbox harden plan --from "$peer" 2>&1 | tr -s ' \n' ' ')
contains "the rule that drops the packet is named" \
  "the kernel drops a packet from $peer to tcp/22, by nft table inet strict: tcp dport 22 ip saddr != @home drop" "$said"
contains "and the plan refused" "Apply refuses this plan." "$said"
contains "from elsewhere the same rules let it in" "Rehearsed: the kernel lets a packet from 192.0.2.7 to tcp/22 in" \
  "$(inbox harden plan --from 192.0.2.7 2>&1 | tr -s ' \n' ' ')"
inbox nft delete table inet strict

echo "# what is not known from files is proved by being tried"
inbox nft -f - <<<"table inet strict { set home { type ipv4_addr; flags interval; elements = { $peer/32 } }
  chain input { type filter hook input priority 10; tcp dport 22 ip saddr != @home drop; }; }"
inbox sh -c 'cp /etc/pam.d/sshd /root/pam; echo "account required pam_exec.so quiet /bin/true" >>/etc/pam.d/sshd'
exits "apply goes on where the whole way in was tried" 0 inbox harden apply --yes --no-confirm --from "$peer"
check "and the administrator gets in" "$LAB" ssh "deploy@$box" -i "$work/key" sudo -n true
inbox sh -c 'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/00-harden.conf; systemctl reload ssh; sleep 1
  sed -i "s,/bin/true,/bin/false," /etc/pam.d/sshd'
said=$(inbox harden apply --yes --no-confirm --from "$peer" 2>&1 | tr -s ' \n' ' ' || :)
contains "and stops where it failed" "The rehearsed login failed" "$said"
contains "before anything was closed" "PasswordAuthentication yes" "$(inbox cat /etc/ssh/sshd_config.d/00-harden.conf)"
inbox sh -c 'nft delete table inet strict; mv /root/pam /etc/pam.d/sshd'

echo "# what judges by address is tried from there"
# While sshd reads its files anew neither it nor its pid file is there.
loosen() {
  inbox sh -c 'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/00-harden.conf; systemctl reload ssh; sleep 1'
}
# Applies from an address; in one line, whatever the width.
apply() { inbox harden apply --yes --no-confirm --from "$1" 2>&1 | tr -s ' \n' ' ' || :; }
mine() { inbox cat /etc/ssh/sshd_config.d/00-harden.conf; }
inbox sh -c 'cp /etc/pam.d/sshd /root/pam; cp /etc/security/access.conf /root/access
  printf "#!/bin/sh\n[ \"\$PAM_USER\" = root ] || [ \"\$PAM_RHOST\" = $1 ]\n" >/root/home-only; chmod 755 /root/home-only
  printf "account required pam_access.so\naccount required pam_exec.so quiet /root/home-only\n" >>/etc/pam.d/sshd
  printf "+:root:ALL\n+:deploy:$1\n+:deploy:192.0.2.7\n-:ALL:ALL\n" >/etc/security/access.conf' sh "$peer"
loosen
contains "the administrator logs in from an address that PAM admits" \
  "Rehearsed: deploy logs in through the planned configuration" "$(apply "$peer")"
contains "and what was open is closed" "PasswordAuthentication no" "$(mine)"
loosen
said=$(apply 192.0.2.7)
contains "from one that it does not admit apply stops" "The rehearsed login failed" "$said"
contains "in the words of sshd" "by PAM account configuration" "$said"
contains "before anything was closed" "PasswordAuthentication yes" "$(mine)"
inbox sh -c 'mv /root/pam /etc/pam.d/sshd; mv /root/access /etc/security/access.conf'
inbox sh -c 'echo "AllowUsers root deploy@$1" >/etc/ssh/sshd_config.d/20-allow.conf; systemctl reload ssh; sleep 1' sh "$peer"
contains "the administrator logs in from an address that sshd admits" \
  "Rehearsed: deploy logs in through the planned configuration" "$(apply "$peer")"
check "as it is afterwards" "$LAB" ssh "deploy@$box" -i "$work/key" sudo -n true
inbox sh -c 'rm /etc/ssh/sshd_config.d/20-allow.conf; systemctl reload ssh; sleep 1'
loosen

echo "# where namespaces are forbidden"
said=$(inbox systemd-run -q --wait --pipe --property=RestrictNamespaces=yes \
  harden plan --from "$peer" 2>&1 | tr -s ' \n' ' ')
contains "it is said that nothing could be tried" "Not rehearsed: deploy's key SHA256:" "$said"
contains "and why" "to tcp/22: this host allows no namespaces" "$said"

echo "# what it costs"
# The middle one of five, in milliseconds.
cost() {
  inbox sh -c 'for _ in 1 2 3 4 5; do
    start=$(date +%s%N); harden plan --from "$1" >/dev/null 2>&1; end=$(date +%s%N); echo $(((end - start) / 1000000))
  done' sh "$peer" | sort -n | sed -n 3p
}
with=$(cost)
check "the host is settled again" inbox harden apply --yes --no-confirm --from "$peer"
without=$(cost)
echo "# a plan with both rehearsals: $with ms; one of a settled host, which has none: $without ms"
check "both together take less than a second and a half, also on a busy machine" test $((with - without)) -lt 1500

echo "# a host without D-Bus, as debootstrap leaves it"
inbox apt-get -qy purge dbus libpam-systemd >"$work/apt" 2>&1 || cat "$work/apt"
refuse "systemd-run passes nothing on" inbox systemd-run --quiet --pipe --wait /usr/bin/true
services() { inbox systemctl list-units --all --no-legend --plain 'run-*.service'; }
loosen
leftovers >"$work/left.before"
said=$(apply "$peer")
contains "the administrator logs in there as well" \
  "Rehearsed: deploy logs in through the planned configuration, and sudo makes root" "$said"
contains "and what was open is closed" "PasswordAuthentication no" "$(mine)"
leftovers >"$work/left.after"
equal "nothing is left" "" "$(diff "$work/left.before" "$work/left.after" || :; services)"
inbox sh -c 'mkdir -p /etc/systemd/system/ssh.service.d; printf "[Service]\nNoExecPaths=/usr/bin/sudo\n" \
  >/etc/systemd/system/ssh.service.d/x.conf; systemctl daemon-reload'
loosen
said=$(apply "$peer")
contains "what systemd confines sshd by is tried as well" "Rehearsed: with NoExecPaths= of ssh.service, deploy gets in, but" "$said"
contains "and ends the apply" "PasswordAuthentication yes" "$(mine)"
inbox sh -c 'rm -r /etc/systemd/system/ssh.service.d; systemctl daemon-reload'
inbox sh -c 'printf "* hard nproc 1\nroot hard nproc unlimited\n" >/etc/security/limits.d/x.conf'
said=$(apply "$peer")
contains "a limit that lets nobody start anything stops it" "The rehearsed login failed" "$said"
contains "before anything was closed" "PasswordAuthentication yes" "$(mine)"
inbox sh -c 'rm /etc/security/limits.d/x.conf; cp -p /home/deploy/.bashrc /root/bashrc; sed -i "1i exit 1" /home/deploy/.bashrc'
contains "so does a shell that ends at once" "deploy gets in, but the shell ends with exit code 1 before it runs anything" \
  "$(apply "$peer")"
contains "… before anything was closed" "PasswordAuthentication yes" "$(mine)"
echo "# … killed while it rehearses"
inbox sed -i '1s/.*/sleep 4/' /home/deploy/.bashrc
inbox sh -c 'harden apply --yes --no-confirm --from "$1" >/dev/null 2>&1 & pid=$!
  for _ in $(seq 200); do [ -z "$(systemctl list-units --no-legend "run-*.service")" ] || break; sleep 0.1; done
  sleep 1; pkill -9 -x harden; wait $pid; :' sh "$peer" 2>/dev/null || :
sleep 6
equal "its service ends, and is forgotten" "" "$(services)"
inbox sh -c 'cp -p /root/bashrc /home/deploy/.bashrc; rm /root/bashrc'
said=$(apply "$peer")
contains "the next apply goes on" "Rehearsed: deploy logs in through the planned configuration" "$said"
leftovers >"$work/left.after"
equal "and nothing is left" "" "$(diff "$work/left.before" "$work/left.after" || :; services)"

echo "# where no service can be started, no login is tried, and nothing is closed"
loosen
inbox mount --bind /bin/false /usr/bin/systemd-run
exits "apply stops" 1 inbox harden apply --yes --no-confirm --from "$peer"
contains "and says why" "No login could be rehearsed" "$(apply "$peer")"
contains "before anything was closed" "PasswordAuthentication yes" "$(mine)"
inbox umount /usr/bin/systemd-run
