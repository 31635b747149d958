#!/bin/bash
# harden why names what is in force and the line or rule that decides it.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

why() { inbox harden why "$@"; }

"$LAB" ssh "$box" true # behind a socket, as on Ubuntu 24.04, sshd itself starts with the first login
inbox sh -c 'printf "PasswordAuthentication yes\n" >/etc/ssh/sshd_config.d/50-cloud-init.conf
printf "PasswordAuthentication no\nMatch User bob\nPasswordAuthentication no\n" >>/etc/ssh/sshd_config
useradd -m bob
systemctl reload ssh'
sleep 1
said=$(why sshd.PasswordAuthentication --from 203.0.113.9)
contains "the drop-in that defeats the main file is named" "decided by  /etc/ssh/sshd_config.d/50-cloud-init.conf:1" "$said"
contains "and the loser" "read later: the first value counts" "$said"
contains "and the block for somebody else" "Match User bob: not for root" "$said"
contains "the daemon has loaded it" "The daemon runs with what is on disk" "$said"
said=$(why passwordauthentication --user bob)
contains "for bob his block decides" "PasswordAuthentication: no for bob" "$said"
inbox touch /etc/ssh/sshd_config.d/50-cloud-init.conf
contains "a file that is newer than the daemon is named" "has loaded: /etc/ssh/sshd_config.d/50-cloud-init.conf" \
  "$(why sshd.PasswordAuthentication)"
inbox sh -c 'echo "SSHD_OPTS=\"-o PermitRootLogin=no\"" >/etc/default/ssh; systemctl restart ssh'
said=$(why sshd.PermitRootLogin)
contains "an option of the daemon goes before every file" "decided by  /etc/default/ssh:1" "$said"
contains "without root it says what it could not read" "sshd tells root alone" \
  "$(inbox runuser -u bob -- harden why sshd.PermitRootLogin)"

exits "an unknown key is misuse" 64 why sshd.PasswordAuthentification
exits "Apache that is not there cannot say" 1 why apache.ServerTokens

inbox sh -c 'export DEBIAN_FRONTEND=noninteractive; apt-get -q install -y ufw nftables apache2 >/dev/null 2>&1
ufw allow 22/tcp; ufw allow from 203.0.113.0/24 to any port 5432 proto tcp; ufw --force enable' >/dev/null
said=$(why tcp/5432 from 203.0.113.9)
contains "the rule that lets it in" "-A ufw-user-input -s 203.0.113.0/24 -p tcp" "$said"
contains "by the kernel's own verdict" "The verdict is the kernel's own" "$said"
contains "nothing listens there" "Nothing listens on port 5432" "$said"
contains "from elsewhere it is dropped" "tcp/5432: dropped from 198.51.100.7" "$(why tcp/5432 from 198.51.100.7)"
inbox nft -f - <<<'table inet strict { chain input { type filter hook input priority 10; tcp dport 5432 drop; }; }'
said=$(why tcp/5432 from 203.0.113.9)
contains "a drop in another table closes what ufw allows" "tcp/5432: dropped" "$said"
contains "and is named" "nft table inet strict: tcp dport 5432 drop" "$said"
inbox nft delete table inet strict
inbox nft -f - <<<'table inet strict { chain output { type filter hook output priority 10; tcp sport 5432 drop; }; }'
contains "so does one that drops the answer" "nft table inet strict: tcp sport 5432 drop" "$(why tcp/5432 from 203.0.113.9)"
inbox nft delete table inet strict
inbox ufw reject 5433/tcp >/dev/null
contains "a rule that rejects is told from one that drops" "tcp/5433: rejected" "$(why tcp/5433 from 203.0.113.9)"
inbox ufw limit 5434/tcp >/dev/null
contains "one with a rate lets a first packet in" "tcp/5434: let in" "$(why tcp/5434 from 203.0.113.9)"
contains "over IPv6 the rules of IPv6 count" "decided by  -A ufw6-user-input" "$(why tcp/5434 from "$(sed -n 's/^peer6=//p' "$work/facts")")"
said=$(inbox systemd-run -q --wait --pipe --property=RestrictNamespaces=yes harden why tcp/5432 from 203.0.113.9)
contains "where namespaces are forbidden it reads the rules itself" "tcp/5432: let in" "$said"
contains "and says so" "This is harden's reading of the rules. The kernel itself was not asked: this host allows no namespaces." \
  "$(tr -s ' \n' ' ' <<<"$said")"
equal "what was tried leaves no interface, no namespace, no mount and no process behind" "0 0 0 0" \
  "$(inbox sh -c 'echo $(ip -br link | grep -c outside) $(ls /run/netns 2>/dev/null | wc -l) $(grep -c " /run tmpfs" /proc/mounts | sed "s/1/0/") $(pgrep -c "^nft$")')"
inbox ufw disable >/dev/null
contains "without a filter everything gets in" "tcp/5432: let in" "$(why tcp/5432 from 198.51.100.7)"

contains "Apache's own word" "apache.ServerTokens: OS" "$(why apache.ServerTokens)"
inbox sh -c 'echo "ServerTokens Prod" >/etc/apache2/conf-enabled/zz-x.conf'
said=$(why apache.servertokens)
contains "the last line decides" "decided by  /etc/apache2/conf-enabled/zz-x.conf:1" "$said"
contains "but is not loaded yet" "Newer than what Apache has loaded: /etc/apache2/conf-enabled/zz-x.conf" "$said"

exits "a directive that Apache does not know is misuse" 64 why apache.nosuch
exits "and one that no line sets is not" 0 why apache.FileETag

contains "who keeps others out of a file" "Nobody but root gets past /root" "$(why /root/.bashrc)"
contains "JSON" '"key" : "/etc/passwd"' "$(why /etc/passwd --json)"
