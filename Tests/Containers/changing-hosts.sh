#!/bin/bash
# Another web server in the way, a project within a home, and another recipe in place of the first.
set -euo pipefail
. "$LAB.d/assert.sh"

. "$LAB.d/fresh-box.sh"

harden() { inbox harden "$@" >"$work/log" 2>&1 || { local code=$?; cat "$work/log"; return $code; }; }
# As in force, and not as a file says: systemd's word for the running service.
sandbox() { inbox systemctl show apache2.service --property=ProtectSystem --value; }
web() { curl -s -m 10 -o "$work/body" -w '%{http_code}' -H 'Host: example.test' "http://$ip/"; }
administrators="administrators=deploy $(cat "$work/key.pub")"
site=(django-apache --set domain=example.test --set "$administrators" --set project=/home/deploy/site)

echo "# another program on port 80"
inbox systemd-run -q --unit=other perl -MIO::Socket::INET -e '$$s = IO::Socket::INET->new(LocalPort => 80, Listen => 5) or die; sleep 1e6'
inbox sh -c 'until ss -Htln | grep -q ":80 "; do sleep 0.1; done'
exits "a taken port is an error of the plan" 1 inbox harden plan "${site[@]}"
exits "and of apply" 1 inbox harden apply "${site[@]}" --yes --no-confirm
refuse "before anything is installed" inbox dpkg -s apache2
inbox systemctl stop other

echo "# a project within a home"
check "it is applied" harden apply "${site[@]}" --yes --no-confirm
inbox sh -eu <<'END'
cd /home/deploy/site
mkdir -p mysite venv/bin
ln -sf /usr/bin/python3 venv/bin/python
cat >mysite/wsgi.py <<PY
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"from a home"]
PY
chown -R deploy:www-data .
END
equal "the site answers" "200 from a home" "$(web) $(cat "$work/body")"
equal "the home lets nobody look in" 701 "$(inbox stat -c %a /home/deploy)"
check "the administrator gets in" "$LAB" ssh "deploy@$box" -i "$work/key" sudo -n true

echo "# another recipe in its place"
inbox sh -c 'printf "<VirtualHost *:80>\nServerName mine.test\nHeader set X-Mine yes\n</VirtualHost>\n" >/etc/apache2/sites-enabled/mine.conf'
check "it is applied, with the administrators of before" harden apply vps --replace --yes --no-confirm
check "nothing is left to do" harden verify
check "Apache's configuration is whole" inbox apachectl configtest
equal "what runs has none of it either" "" "$(inbox curl -sI http://127.0.0.1/ | grep -i '^content-security')"
equal "nothing of harden's is in it" "" "$(inbox sh -c 'find /etc/apache2 -name "*harden*"')"
equal "its sandbox is gone, from the running service too" "no" "$(sandbox)"
equal "what runs is what is on disk" no "$(inbox systemctl show apache2.service --property=NeedDaemonReload --value)"
equal "the secrets stay" "640 root:www-data" "$(inbox stat -c '%a %U:%G' /etc/django_config.json)"
equal "the web's port is shut" "80 filtered" "$("$LAB" ports "$box" 80)"
check "the administrator gets in" "$LAB" ssh "deploy@$box" -i "$work/key" sudo -n true

echo "# all of it taken back: over a mode that was mended, and beside a site that needs what goes"
inbox chmod 644 /etc/ssh/sshd_config.d/00-harden.conf
check "the mode of sshd's file is mended" harden apply --yes --no-confirm
exits "an undo ends where Apache does not accept what it leaves" 1 inbox harden undo 1 --yes
equal "and Apache runs on" active "$(inbox systemctl is-active apache2.service)"
inbox rm /etc/apache2/sites-enabled/mine.conf
check "it goes on once that is mended" harden undo 1 --yes
contains "to the reload that was missing" "Taken back: runs 1, 2 and 3." "$(cat "$work/log")"
check "root gets in with a password, as before" "$LAB" password "root@$box" hunter2-lab true
check "and with a key" "$LAB" ssh "root@$box" true
refuse "the administrator does not" "$LAB" ssh "deploy@$box" -i "$work/key" true
equal "nothing of sshd's is left" "" "$(inbox sh -c 'find /etc/ssh /etc/apache2 -name "*harden*"')"
check "and there is nothing left to take back" inbox sh -c 'harden undo 1 --yes | grep -q "Nothing to take back"'

echo "# what a run took away and its undo gave back goes again with the next"
ssh-keygen -q -t ed25519 -N '' -C dora -f "$work/dora"
both=("$administrators" "administrators=dora $(cat "$work/dora.pub")")
sites() { inbox sh -c 'ls /etc/apache2/sites-enabled | grep ^harden'; }
groups() { inbox id -Gn dora; }
check "two administrators" harden apply django-apache --set domain=example.test --set "${both[0]}" --set "${both[1]}" --yes --no-confirm
for try in first second; do
  check "the $try time one is declared, and another name" harden apply --set domain=other.test --set "$administrators" --yes --no-confirm
  equal "the $try time the former site is gone" harden-other.test.conf "$(sites)"
  equal "the $try time the former administrator may not read the secrets" dora "$(groups)"
  [ $try = second ] || check "that is taken back" harden undo --yes
  [ $try = second ] || equal "the site is back" harden-example.test.conf "$(sites)"
  [ $try = second ] || contains "and so is what the administrator may read" www-data "$(groups)"
done
