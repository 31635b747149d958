"""What a server needs of Django's settings, for Django 3.2 and later.

Last line of settings.py, on the laptop as on the server:

    from .harden import *  # noqa: F401,F403

It reads a JSON file that only root and the web server's group can read, /etc/django_config.json. On a laptop say where
yours is: DJANGO_CONFIG=~/mysite.json, which may hold {"SECRET_KEY": "anything", "DEBUG": "True"}. Further values are in
`config`: config["DB_PASSWORD"]. A check of your own that is to be silent goes after that line:

    SILENCED_SYSTEM_CHECKS += ["…"]

An SQLite database lies in a folder of its own in which the web server may write: BASE_DIR / "db" / "db.sqlite3".
"""

import json as _json
import os as _os
import sys as _sys

from django.core.exceptions import ImproperlyConfigured as _ImproperlyConfigured

_path = _os.path.expanduser(_os.environ.get("DJANGO_CONFIG", "/etc/django_config.json"))
try:
    with open(_path, encoding="utf-8") as _file:
        config = _json.load(_file)
except FileNotFoundError:
    raise _ImproperlyConfigured(
        "%s is not there. On a server harden makes it; elsewhere set DJANGO_CONFIG to a JSON file of your own." % _path
    ) from None
except PermissionError:
    raise _ImproperlyConfigured(
        "%s may not be read by this account: it must be in the file's group (on a server: www-data)." % _path
    ) from None
except ValueError as _error:
    raise _ImproperlyConfigured("%s is not JSON: %s" % (_path, _error)) from None


def _is_on(key):
    return str(config.get(key, "")).strip().lower() in ("true", "on", "yes", "1")


if not config.get("SECRET_KEY"):
    raise _ImproperlyConfigured("%s has no SECRET_KEY" % _path)
SECRET_KEY = config["SECRET_KEY"]
DEBUG = _is_on("DEBUG")
ALLOWED_HOSTS = config.get("ALLOWED_HOSTS", [])
# django-simple-captcha: every answer is right, for tests only.
CAPTCHA_TEST_MODE = DEBUG

# Cookies travel over HTTPS only, from the first day: a login over plain HTTP is meant to fail.
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# The web server sends these to every page; here they also hold for a development server.
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# What may begin only once HTTPS works: "HTTPS" is "off" in the file until then.
_https = _is_on("HTTPS") and not DEBUG
SECURE_SSL_REDIRECT = _https
# Apache redirects, each name once the certificate is for it; a name that it is not for yet must not be sent there.
SECURE_REDIRECT_EXEMPT = [""]
# Five minutes first, so that a mistake is soon forgotten; a year (31557600) once a renewal has worked.
SECURE_HSTS_SECONDS = int(config.get("HSTS_SECONDS", 300)) if _https else 0
# Both reach beyond this site and are hard to take back, so they are asked for by name.
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https and _is_on("HSTS_INCLUDE_SUBDOMAINS")
SECURE_HSTS_PRELOAD = _https and _is_on("HSTS_PRELOAD")

SILENCED_SYSTEM_CHECKS = []
if not DEBUG and not _https:
    SILENCED_SYSTEM_CHECKS += [
        "security.W004",  # no HSTS: a browser must not be held to HTTPS that is not there yet
        "security.W008",  # no redirect to HTTPS: it would lead nowhere yet
    ]
if _https and not SECURE_HSTS_INCLUDE_SUBDOMAINS:
    SILENCED_SYSTEM_CHECKS.append("security.W005")  # waits for HTTPS on every other name of the domain
if _https and not SECURE_HSTS_PRELOAD:
    SILENCED_SYSTEM_CHECKS.append("security.W021")  # waits for a year of HSTS; takes months to take back

# The web server's group reads what collectstatic gathers, and may write what is uploaded. New folders take their mode
# from the folder above them: setgid and default ACL.
FILE_UPLOAD_PERMISSIONS = 0o640 if "collectstatic" in _sys.argv[1:2] else 0o660
FILE_UPLOAD_DIRECTORY_PERMISSIONS = None


def _share_database(sender, connection, **kwargs):
    """Give an SQLite file to the group where the group may write in its folder: SQLite itself makes it 0644."""
    if connection.vendor != "sqlite":
        return
    name = str(connection.settings_dict.get("NAME") or "")
    if not name or ":memory:" in name or name.startswith("file:"):
        return
    try:
        if not _os.stat(_os.path.dirname(_os.path.abspath(name))).st_mode & 0o020:
            return
        # Before SQLite would make it; an empty file is an empty database, and its journals take its mode.
        file = _os.open(name, _os.O_RDWR | _os.O_CREAT | _os.O_CLOEXEC, 0o660)
        try:
            status = _os.fstat(file)
            if status.st_uid == _os.geteuid() and status.st_mode & 0o7777 != 0o660:
                _os.fchmod(file, 0o660)
        finally:
            _os.close(file)
    except OSError:
        pass  # SQLite says what is wrong, if anything is


if _os.name == "posix":
    from django.db.backends.signals import connection_created as _connection_created

    _connection_created.connect(_share_database, dispatch_uid="harden.share_database")
