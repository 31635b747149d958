#!/bin/bash
# The main job on a fresh server: plan, apply, apply again, verify; what is in force is seen from outside the tool.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

given=(--set domain=example.test --set aliases=www.example.test
  --set "administrators=deploy $(cat "$work/key.pub")")
as_admin() { "$LAB" ssh "deploy@$box" -i "$work/key" "$@"; }

echo "# a dry run"
"$LAB" snapshot "$box" "$work/fresh"
inbox harden plan django-apache "${given[@]}" >"$work/plan"
cat "$work/plan"
"$LAB" snapshot "$box" "$work/planned"
equal "a plan touches nothing" "" "$(diff "$work/fresh" "$work/planned" | head -20)"
exits "plan --exit-code says that something differs" 2 inbox harden plan django-apache "${given[@]}" --exit-code
inbox harden plan django-apache "${given[@]}" --verbose 2>/dev/null |
  sed -nE 's/^ +[0-9]+  (.*)$/\1/p' | sed -E 's/ \((opens|may close) a way in\)$//' >"$work/planned.steps"
exits "verify says so, too" 2 inbox harden verify django-apache "${given[@]}"

echo "# apply"
code=0
start=$SECONDS
inbox harden apply django-apache "${given[@]}" --yes >"$work/apply" 2>"$work/apply.err" || code=$?
tail -n 60 "$work/apply" "$work/apply.err"
equal "apply succeeds" 0 "$code"
equal "its last line is the command that confirms" "      ssh deploy@$ip sudo harden confirm" "$(tail -n 1 "$work/apply")"
# Steps that come of what a package brought are in one of the two alone.
sed -nE 's/^ *[0-9]+\/[0-9]+  (.*[^ ])   +done.*$/\1/p' "$work/apply" "$work/apply.err" >"$work/done.steps"
check "most of its steps were shown" test "$(grep -Fxcf "$work/planned.steps" "$work/done.steps")" -gt 60
equal "and are done in the order shown" "$(grep -Fxf "$work/done.steps" "$work/planned.steps")" \
  "$(grep -Fxf "$work/planned.steps" "$work/done.steps")"
check "which a fresh login does" as_admin sudo harden confirm
echo "# apply took $((SECONDS - start)) s"
"$LAB" snapshot "$box" "$work/applied"

echo "# again"
code=0
inbox harden apply --yes >"$work/again" 2>&1 || code=$?
cat "$work/again"
equal "a second apply succeeds" 0 "$code"
"$LAB" snapshot "$box" "$work/again.snapshot"
equal "a second apply changes nothing" "" "$(diff "$work/applied" "$work/again.snapshot" | head -20)"
exits "plan --exit-code says nothing differs" 0 inbox harden plan --exit-code
exits "verify says that all is so" 0 inbox harden verify

echo "# ways in"
equal "the administrator gets in by key" deploy "$(as_admin id -un)"
equal "and has sudo" 0 "$(as_admin sudo -n id -u)"
refuse "root does not get in by key" "$LAB" ssh "$box" true
refuse "root does not get in by password" "$LAB" password "$box" hunter2-lab true
inbox sh -c 'echo deploy:known-password | chpasswd'
refuse "a right password is no way in" "$LAB" password "deploy@$box" known-password true
inbox usermod -p '*' deploy
lacks "no password method is offered" password \
  "$(ssh -F none -o ControlPath=none -o PreferredAuthentications=none -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null "deploy@$ip" 2>&1 || true)"

echo "# packets"
equal "only SSH and HTTP are open" "22 open
25 filtered
80 open
443 closed
3306 filtered
5432 filtered" "$("$LAB" ports "$box" 22 80 443 25 3306 5432 | sed 's/[[:space:]][[:space:]]*/ /g')"
inbox sh -c 'systemd-run -q --unit=listens python3 -m http.server 8000'
sleep 1
equal "a port that is listened on, but not declared, is shut" "8000 filtered" \
  "$("$LAB" ports "$box" 8000 | sed 's/[[:space:]][[:space:]]*/ /g')"
inbox systemctl stop listens

echo "# the wire"
web() { curl -s -m 10 -o /dev/null -D - -H "Host: ${2-example.test}" "http://$ip$1" | tr -d '\r'; }
home=$(web /)
echo "$home"
contains "the site answers 503 before its code is there" "503" "$(head -1 <<<"$home")"
equal "the server does not tell its version" "Server: Apache" "$(grep -i ^server: <<<"$home")"
contains "an unknown name gets nothing of the site" "403" "$(web / elsewhere.test | head -1)"
contains "TRACE is refused" "405" "$(curl -s -m 10 -o /dev/null -D - -X TRACE -H 'Host: example.test' "http://$ip/" | head -1)"
for header in content-security-policy x-content-type-options x-frame-options referrer-policy \
  cross-origin-opener-policy cross-origin-resource-policy; do
  for path in / /static/absent.css /media/absent; do
    equal "$header is there once on $path" 1 "$(web $path | grep -ic "^$header:" || true)"
  done
done
lacks "no HSTS before HTTPS" strict-transport-security "$(tr A-Z a-z <<<"$home")"

echo "# files"
equal "the secrets file is the web user's to read, nobody's else" "640 root:www-data" \
  "$(inbox stat -c '%a %U:%G' /etc/django_config.json)"
check "the web user reads it" inbox runuser -u www-data -- cat /etc/django_config.json
refuse "nobody else does" inbox runuser -u nobody -- cat /etc/django_config.json
secret=$(inbox python3 -c 'import json; print(json.load(open("/etc/django_config.json"))["SECRET_KEY"])')
check "the secret key is long" test ${#secret} -ge 50
# Compared with nothing: a search that cannot be made has words, too.
equal "the secret is in no output" "" "$(grep -rlF -- "$secret" "$work" 2>&1 || :)"
equal "nor in a file that others can read" "" "$(inbox find / -ignore_readdir_race \( -path /proc -o -path /sys \) -prune -o \
  -type f -perm -o=r -exec grep -slF -- "$secret" {} + 2>&1 || :)"
equal "the project's folder" "2750 deploy:www-data" "$(inbox stat -c '%a %U:%G' /srv/django)"

echo "# upkeep"
equal "security updates are on" "1" "$(inbox apt-config dump APT::Periodic::Unattended-Upgrade | tr -dc 0-9)"
equal "certificates would be renewed" "active" "$(inbox systemctl is-active certbot.timer)"

echo "# drift"
inbox sh -c 'echo "PasswordAuthentication yes" > /etc/ssh/sshd_config.d/00-harden.conf; systemctl reload ssh'
inbox chmod 644 /etc/django_config.json
inbox ufw allow 9999/tcp >/dev/null
exits "verify notices" 2 inbox harden verify
inbox harden apply --yes >"$work/mend" 2>&1 || true
cat "$work/mend"
exits "apply mends" 0 inbox harden verify
check "a fresh login confirms" as_admin sudo harden confirm
equal "the mode is back" 640 "$(inbox stat -c %a /etc/django_config.json)"

echo "# a reboot"
"$LAB" reboot "$box" >/dev/null
exits "all is so after a reboot" 0 inbox harden verify
equal "the administrator still gets in" deploy "$(as_admin id -un)"
