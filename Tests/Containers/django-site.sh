#!/bin/bash
# A real Django project on a host that harden keeps: everything is done as the administrator, and harden agrees with it.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

deploy() { "$LAB" ssh "deploy@$box" -i "$work/key" "$@"; }
inbox harden apply django-apache --yes --set domain=example.test --set "administrators=deploy $(cat "$work/key.pub")" \
  >"$work/apply" 2>&1 || { cat "$work/apply"; exit 1; }
check "a fresh login confirms it" deploy sudo harden confirm
inbox apt-get install -qq -y --no-install-recommends python3-django >"$work/apt" 2>&1

echo "# a project in a repository of the administrator's"
deploy "mkdir ~/code && django-admin startproject mysite ~/code && cd ~/code && cat >> mysite/settings.py <<'PY'

STATIC_ROOT = BASE_DIR / 'static'
MEDIA_ROOT = BASE_DIR / 'media'
MEDIA_URL = '/media/'
DATABASES['default']['NAME'] = BASE_DIR / 'db' / 'db.sqlite3'
from .harden import *  # noqa: F401,F403
PY
harden template django-settings > mysite/harden.py
printf 'static/\nmedia/\ndb/\nlogs/\nvenv/\n__pycache__/\n' > .gitignore
git init -q -b main . && git add -A && git -c user.name=a -c user.email=a@example.test commit -qm first" >"$work/project" 2>&1 ||
  cat "$work/project"
check "git pull works as the administrator" deploy "cd /srv/django && git init -q -b main . && git pull -q ~/code main"
check "a venv can be made" deploy "cd /srv/django && python3 -m venv --system-site-packages venv"
deploy "mkdir -p /tmp/w && cd /tmp/w && python3 - <<'PY'
import zipfile
with zipfile.ZipFile('toy-1.0-py3-none-any.whl', 'w') as z:
    z.writestr('toy.py', 'x = 1\n')
    z.writestr('toy-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n')
    z.writestr('toy-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    z.writestr('toy-1.0.dist-info/RECORD', 'toy.py,,\ntoy-1.0.dist-info/METADATA,,\ntoy-1.0.dist-info/WHEEL,,\ntoy-1.0.dist-info/RECORD,,\n')
PY"
check "pip installs" deploy "cd /srv/django && venv/bin/pip install -q --no-index /tmp/w/toy-1.0-py3-none-any.whl"
check "migrate works" deploy "cd /srv/django && venv/bin/python manage.py migrate -v0"
check "collectstatic works" deploy "cd /srv/django && venv/bin/python manage.py collectstatic -v0 --noinput -i 'jquery*'"
check "an administrator of the site can be made" deploy \
  "cd /srv/django && DJANGO_SUPERUSER_PASSWORD=a-long-pass-phrase venv/bin/python manage.py createsuperuser --noinput --username boss --email boss@example.test"

echo "# what the web user may"
www() { inbox runuser -u www-data -- sh -c "cd /srv/django && $1"; }
check "it writes the database" www \
  "venv/bin/python manage.py shell -c 'from django.contrib.sessions.backends.db import SessionStore as S; s = S(); s[\"a\"] = 1; s.save()'"
check "it writes in media" www "touch media/uploaded"
check "and in logs" www "touch logs/site.log"
refuse "it does not write code" www "touch mysite/evil.py"
refuse "nor a virtual environment" www "touch venv/evil"

echo "# the site"
web() { curl -s -m 20 -o "$work/body" -D - -H "Host: example.test" "http://$ip$1" | tr -d '\r'; }
sleep 1
login=$(web /admin/login/)
contains "the admin's login answers" "200" "$(head -1 <<<"$login")"
grep -q ' 200 ' <<<"$login" || inbox tail -30 /var/log/apache2/error.log
css=$(grep -o '/static/admin/css/[^"]*\.css' "$work/body" | head -1)
contains "its style sheet answers" "200" "$(web "${css:-/static/none}" | head -1)"
contains "a page that is not there is 404" "404" "$(web /nowhere/ | head -1)"
inbox sh -c 'printf "print(1)\n" > /srv/django/media/evil.py; printf "<?php 1;" > /srv/django/media/evil.php; chown www-data /srv/django/media/evil.*'
web /media/evil.py >/dev/null
equal "an uploaded script is sent, not run" "print(1)" "$(cat "$work/body")"
inbox sh -c 'printf "\ndef boom(request):\n    raise RuntimeError(1)\n" > /srv/django/mysite/boom.py; cd /srv/django/mysite; sed -i "s|^urlpatterns = \[|from .boom import boom\nurlpatterns = [path(\"boom/\", boom),|" urls.py; touch wsgi.py'
sleep 1
contains "an error of the site's own is 500" "500" "$(web /boom/ | head -1)"
for page in /admin/login/ /nowhere/ /boom/ "$css"; do
  answer=$(web "$page")
  for header in content-security-policy x-content-type-options x-frame-options referrer-policy \
    cross-origin-opener-policy cross-origin-resource-policy; do
    equal "$header is there once on $page" 1 "$(grep -ic "^$header:" <<<"$answer" || true)"
  done
done
contains "cookies are for HTTPS only" "Secure" "$(grep -i '^set-cookie: csrftoken=' <<<"$login")"
deploy "cd /srv/django && git checkout -q mysite/urls.py && rm mysite/boom.py && touch mysite/wsgi.py"

echo "# after a reboot"
"$LAB" reboot "$box" >/dev/null
for ((i = 0; i < 20; i++)); do
  answer=$(web /admin/login/ | head -1)
  case $answer in *" 200 "*) break ;; esac
  sleep 0.5
done
contains "the application answers" " 200 " "$answer"
grep -q ' 200 ' <<<"$answer" || inbox tail -5 /var/log/apache2/error.log
inbox sh -c 'mkdir -p /srv/django/media/.git; echo secret >/srv/django/media/.git/config; chown -R www-data /srv/django/media/.git'
contains "what lies in media by mistake is not served" " 403 " "$(web /media/.git/config | head -1)"

echo "# harden agrees"
inbox harden verify >"$work/verify" 2>&1 || { cat "$work/verify"; inbox harden plan --verbose || true; }
exits "verify says that all is so" 0 inbox harden verify
lacks "and has nothing to say of the settings" "settings of" "$(inbox harden verify)"
deploy "cp /srv/django/mysite/settings.py /tmp/settings.py && echo 'SESSION_COOKIE_SECURE = False' >>/srv/django/mysite/settings.py"
contains "a setting that Django warns of is said with its code" "security.W012" "$(inbox harden verify)"
deploy "cat /tmp/settings.py >/srv/django/mysite/settings.py"
equal "the check ran as the web user, and left nothing of root's" "" "$(inbox find /srv/django -user root)"
check "Django's own check finds nothing" www "venv/bin/python manage.py check --deploy --fail-level WARNING"
inbox sed -i 's/"HTTPS": "off"/"HTTPS": "on"/' /etc/django_config.json
check "nor once HTTPS is on" www "venv/bin/python manage.py check --deploy --fail-level WARNING"
