#!/bin/bash
# A saved plan is applied as it was shown, or refused with what moved since.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

inbox harden plan vps --set "administrators=deploy $(cat "$work/key.pub")" --out /root/vps.plan >"$work/plan" 2>&1
equal "the file is for root alone" "600 root" "$(inbox stat -c '%a %U' /root/vps.plan)"
inbox sh -c 'sed "2s/deploy/deploz/" /root/vps.plan > /root/evil.plan'
exits "one that was changed is refused" 1 inbox harden apply /root/evil.plan
refuse "and made no account" inbox id deploz

inbox sh -c 'chmod 0711 /etc/cron.daily; useradd bob'
exits "a host that moved is refused" 1 inbox harden apply /root/vps.plan
said=$(inbox harden apply /root/vps.plan 2>&1 || true)
contains "the mode is named, old and new" "/etc/cron.daily: 0755 root:root → 0711 root:root" "$said"
contains "and the new account" "bob" "$said"
refuse "nothing was changed" inbox id deploy

inbox sh -c 'chmod 0755 /etc/cron.daily; userdel bob'
inbox harden apply /root/vps.plan >"$work/apply" 2>&1 </dev/null || { cat "$work/apply"; exit 1; }
check "as it was, the plan is applied without being asked" "$LAB" ssh "deploy@$box" -i "$work/key" sudo -n true
exits "and a second time it is refused" 1 inbox harden apply /root/vps.plan
