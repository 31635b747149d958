#!/bin/bash
# A real Django project on a host that harden keeps: everything is done as the administrator, and harden agrees with it.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

deploy() { "$LAB" ssh "deploy@$box" -i "$work/key" "$@"; }
inbox harden apply django-apache --yes --set domain=example.test --set "administrators=deploy $(cat "$work/key.pub")" \
  >"$work/apply" 2>&1 || { cat "$work/apply"; exit 1; }
check "a fresh login confirms it" deploy sudo harden confirm

echo "# a wheel of Debian's Django: the host itself has none"
inbox sh -ec 'cd /root; apt-get download -qq python3-django python3-asgiref python3-sqlparse python3-tz
for package in *.deb; do dpkg -x "$package" x; done
cd x/usr/lib/python3/dist-packages; python3 - <<PY
import os, zipfile
info = "debian_django-1.0.dist-info/"
with zipfile.ZipFile("/tmp/debian_django-1.0-py3-none-any.whl", "w") as wheel:
    for top in ("django", "asgiref", "sqlparse", "pytz"):
        for folder, _, names in os.walk(top):
            for path in (os.path.join(folder, name) for name in names):
                if os.path.exists(path): wheel.write(path)
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: debian-django\nVersion: 1.0\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(info + "entry_points.txt", "[console_scripts]\ndjango-admin = django.core.management:execute_from_command_line\n")
    wheel.writestr(info + "RECORD", "".join(name + ",,\n" for name in wheel.namelist() + [info + "RECORD"]))
PY' >"$work/wheel" 2>&1 || cat "$work/wheel"
pip="pip install -q --no-index /tmp/debian_django-1.0-py3-none-any.whl"

echo "# a project in a repository of the administrator's"
deploy "python3 -m venv ~/tools && ~/tools/bin/$pip
mkdir ~/code && ~/tools/bin/django-admin startproject mysite ~/code && cd ~/code && cat >> mysite/settings.py <<'PY'

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

echo "# the site while it comes about, and what verify says of it"
web() { curl -s -m 20 -o "$work/body" -D - -H "Host: example.test" "http://$ip$1" | tr -d '\r'; }
statuses() { for _ in {1..20}; do curl -s -m 20 -o /dev/null -w '%{http_code}\n' -H "Host: example.test" "http://$ip/admin/login/" & done | sort -u; }
starts() { inbox grep -c "resuming normal operations" /var/log/apache2/error.log; }
equal "nothing there: every page is a plain 503" 503 "$(statuses)"
contains "verify waits for the code" "no /srv/django/mysite/wsgi.py, so that every page answers 503" "$(inbox harden verify)"
check "the code comes into a folder with things in it, as the administrator" \
  deploy "cd /srv/django && git init -q -b main && git remote add origin ~/code && git pull -q origin main"
equal "code alone: 503" 503 "$(statuses)"
contains "verify waits for the venv" "python3 -m venv /srv/django/venv" "$(inbox harden verify)"
before=$(starts)
check "a venv can be made" deploy "cd /srv/django && python3 -m venv venv"
equal "a venv without Django: an error" 500 "$(statuses)"
said=$(inbox harden verify)
contains "verify says so in Django's words" "Couldn't import Django" "$said"
contains "and what visitors get" "seen: answers 500" "$said"
check "pip installs" deploy "cd /srv/django && venv/bin/$pip"
check "migrate works" deploy "cd /srv/django && venv/bin/python manage.py migrate -v0"
check "collectstatic works" deploy "cd /srv/django && venv/bin/python manage.py collectstatic -v0 --noinput -i 'jquery*'"
found=''
for ((i = 0; i < 45; i++)); do
  sleep 2
  found=$(statuses)
  [ "$found" != 200 ] || break
done
equal "with Django every process answers soon" 200 "$found"
equal "and nobody had to reload Apache" "$before" "$(starts)"
deploy "mv /srv/django/venv /srv/django/.venv && sudo systemctl restart apache2 && sleep 2 && mv /srv/django/.venv /srv/django/venv"
equal "processes from before the venv find no Django" 500 "$(statuses)"
deploy "sudo systemctl reload apache2"
sleep 1
equal "after a reload all do" 200 "$(statuses)"
lacks "verify has nothing more to say of the site" "/srv/django" "$(inbox harden verify)"
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
login=$(web /admin/login/)
contains "the admin's login answers" "200" "$(head -1 <<<"$login")"
grep -q ' 200 ' <<<"$login" || inbox tail -30 /var/log/apache2/error.log
css=$(grep -o '/static/admin/css/[^"]*\.css' "$work/body" | head -1)
contains "its style sheet answers" "200" "$(web "${css:-/static/none}" | head -1)"
contains "a page that is not there is 404" "404" "$(web /nowhere/ | head -1)"
inbox sh -c 'printf "print(1)\n" > /srv/django/media/evil.py; printf "<?php 1;" > /srv/django/media/evil.php; chown www-data /srv/django/media/evil.*'
web /media/evil.py >/dev/null
equal "an uploaded script is sent, not run" "print(1)" "$(cat "$work/body")"
deploy "cat >/srv/django/mysite/boom.py; cd /srv/django/mysite; sed -i 's|^urlpatterns = \[|from .boom import boom, take\nurlpatterns = [path(\"boom/\", boom), path(\"take/\", take),|' urls.py; touch wsgi.py" <<'PY'
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

def boom(request):
    raise RuntimeError(1)

@csrf_exempt
def take(request):
    return HttpResponse(request.FILES["file"].size)
PY
sleep 1
contains "an error of the site's own is 500" "500" "$(web /boom/ | head -1)"
head -c 4000000 /dev/zero >"$work/file"
upload() { curl -s -m 300 --limit-rate 80k -o /dev/null -w '%{http_code}\n' -H "Host: example.test" -F "file=@$work/file" "http://$ip/take/"; }
equal "ten slow uploads at a time end well" 200 "$(for _ in {1..10}; do upload & done | sort -u)"
for page in /admin/login/ /nowhere/ /boom/ "$css"; do
  answer=$(web "$page")
  for header in content-security-policy x-content-type-options x-frame-options referrer-policy \
    cross-origin-opener-policy cross-origin-resource-policy; do
    equal "$header is there once on $page" 1 "$(grep -ic "^$header:" <<<"$answer" || true)"
  done
done
contains "cookies are for HTTPS only" "Secure" "$(grep -i '^set-cookie: csrftoken=' <<<"$login")"
deploy "cd /srv/django && git checkout -q mysite/urls.py && rm mysite/boom.py && echo 'import nosuchmod' >>mysite/wsgi.py"
said=$(inbox harden verify)
contains "code that does not load is seen by verify" "seen: answers 500" "$said"
contains "with where to look" "sudo tail /var/log/apache2/example.test-error.log" "$(tr -s ' \n' ' ' <<<"$said")"
contains "which says what it is" "No module named 'nosuchmod'" "$(inbox tail /var/log/apache2/example.test-error.log)"
exits "and is no drift" 0 inbox harden verify
deploy "cd /srv/django && git checkout -q mysite/wsgi.py"
lacks "mended, nothing is said of it" "answers 500" "$(inbox harden verify)"

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
