# For container tests: a Django project in /srv/django, made in a hurry. Runs as root in the box, after harden's apply.
#
#   lab exec BOX sh -euc "$django_project"

django_project='
apt-get install -qq -y --no-install-recommends python3-django openssl
cd /srv/django && django-admin startproject mysite . && cat >>mysite/settings.py <<PY
STATIC_ROOT = BASE_DIR / "static"
DATABASES["default"]["NAME"] = BASE_DIR / "db" / "db.sqlite3"
from .harden import *
PY
harden template django-settings >mysite/harden.py
python3 -m venv --system-site-packages venv
python3 manage.py migrate -v0 && python3 manage.py collectstatic -v0 --noinput -i "jquery*"
chown -R deploy:www-data . && chmod -R g+rX . && chmod 660 db/db.sqlite3'
