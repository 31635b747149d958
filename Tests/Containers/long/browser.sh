#!/bin/bash
# Django's admin in a real browser, headless Chromium, over HTTPS under the policy that Apache enforces: logged in, a user
# and a group added and saved, logged out, without a violation or an error in the browser's console. And a page that the
# policy is not for, which must not run. SCREENSHOTS=FOLDER keeps what was seen.
set -euo pipefail
. "$LAB.d/authority.sh"
. "$LAB.d/visitor.sh"
. "$LAB.d/django.sh"
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

cleanup() {
  visitor_stop
  authority_stop
  drop_box
}
authority_start "$box" "$work"
authority_lead example.test "$ip"
inbox harden apply django-apache --yes --no-confirm --set domain=example.test --set "acme-server=$authority_url" \
  --set "administrators=deploy $(cat "$work/key.pub")" >"$work/apply" 2>&1 || { cat "$work/apply"; exit 1; }
inbox sh -euc "$django_project" >"$work/project" 2>&1 || { cat "$work/project"; exit 1; }
# Debian's Django links to jQuery in a package of its own.
inbox sh -euc 'apt-get install -qq -y --no-install-recommends libjs-jquery && cd /srv/django
python3 manage.py collectstatic -v0 --noinput && chown -R deploy:www-data static && chmod -R g+rX static' >"$work/jquery" 2>&1 ||
  { cat "$work/jquery"; exit 1; }
password=$(openssl rand -hex 12)
inbox runuser -u www-data -- env DJANGO_SUPERUSER_PASSWORD="$password" /srv/django/venv/bin/python /srv/django/manage.py \
  createsuperuser --noinput --username ana --email ana@example.test
# What a hole would bring into a page: a script within it, and one in an attribute.
inbox sh -euc 'cat >/srv/django/static/hole.html' <<'HTML'
<!doctype html>
<title>harmless</title>
<p id=seen>harmless</p>
<script>document.title = "taken over"</script>
<img src="/no-such-image" onerror="document.getElementById('seen').textContent = 'taken over'">
HTML
inbox sh -euc 'chown deploy:www-data /srv/django/static/hole.html && chmod 640 /srv/django/static/hole.html && systemctl reload apache2'
sleep 1
visitor_start "$work" "$names_server" "$authority_root"

cat >"$work/visit.py" <<'PY'
import sys

from browser import Browser

browser = Browser()


def tell(what):
    # The project has no icon, and every browser asks for one.
    heard = [text for text in browser.complaints if not text.endswith(" https://example.test/favicon.ico")]
    print("%s: %s" % (what, "; ".join(heard) or "nothing"), flush=True)
    browser.complaints = []


try:
    browser.go("https://example.test/admin/")
    browser.type("#id_username", "ana")
    browser.type("#id_password", sys.argv[1])
    browser.click("input[type=submit]")
    browser.wait("!!document.querySelector('#user-tools')")
    tell("complaints while logging in")

    browser.click("a", "Users")
    browser.wait("!!document.querySelector('#result_list')")
    print("users: " + browser.evaluate("document.querySelector('#result_list tbody').innerText").split()[0])
    browser.click(".object-tools a.addlink")
    browser.type("#id_username", "reader")
    for field in ("#id_password1", "#id_password2"):
        browser.type(field, "correct-horse-" + sys.argv[1])
    browser.click("input[name=_save]")
    browser.wait("!!document.querySelector('.messagelist .success')")
    print("said: " + browser.evaluate("document.querySelector('.messagelist .success').innerText.trim()"))
    tell("complaints while adding a user")

    # The picker of permissions is the admin's own script's, as is the link that moves what is chosen.
    browser.go("https://example.test/admin/auth/group/add/")
    browser.type("#id_name", "Readers")
    browser.wait("document.querySelectorAll('#id_permissions_from option').length > 5")
    browser.click("#id_permissions_from option")
    browser.click("#id_permissions_add_link, #id_permissions_add")
    browser.wait("document.querySelectorAll('#id_permissions_to option').length == 1")
    browser.screenshot("group.png")
    browser.click("input[name=_save]")
    browser.wait("!!document.querySelector('.messagelist .success')")
    browser.go("https://example.test/admin/auth/user/")
    browser.screenshot("users.png")
    print("now: " + ", ".join(sorted(browser.evaluate("[...document.querySelectorAll('.field-username')].map(e => e.innerText)"))))
    tell("complaints while adding a group")

    browser.click("#user-tools a, #logout-form button", "L")
    browser.wait("!document.querySelector('#user-tools') && !document.querySelector('#id_username')")
    browser.go("https://example.test/admin/")
    browser.wait("!!document.querySelector('#id_username')")
    tell("complaints while logging out")

    browser.go("https://example.test/static/hole.html")
    print("hole: " + browser.evaluate("document.title + ', ' + document.getElementById('seen').innerText"))
    tell("complaints of it")
finally:
    browser.screenshot("last.png")
    browser.close()
PY
code=0
visitor_run "$work/visit.py" "$password" >"$work/visit" 2>&1 || code=$?
[ -z "${SCREENSHOTS-}" ] || cp "$visitor_files"/*.png "$SCREENSHOTS"
equal "the visit comes to its end" 0 "$code"
cat "$work/visit"
said() { sed -n "s/^$1: //p" "$work/visit"; }
equal "the users' list is seen" ana "$(said users)"
contains "a user is added" "was added successfully" "$(said said)"
equal "and is in the list" "ana, reader" "$(said now)"
for what in "logging in" "adding a user" "adding a group" "logging out"; do
  equal "the browser complains of nothing while $what" nothing "$(said "complaints while $what")"
done
equal "the database says so too" "ana,reader Readers:1" "$(inbox runuser -u www-data -- /srv/django/venv/bin/python /srv/django/manage.py shell -c '
from django.contrib.auth.models import Group, User
group = Group.objects.get()
print(",".join(sorted(User.objects.values_list("username", flat=True))), "%s:%d" % (group.name, group.permissions.count()))' | tail -n 1)"
equal "scripts within a page do not run" "harmless, harmless" "$(said hole)"
contains "and are reported, the one between tags" "violation: script-src-elem kInlineViolation" "$(said "complaints of it")"
contains "and the one in an attribute" "violation: script-src-attr kInlineViolation" "$(said "complaints of it")"
