#!/bin/bash
# A certificate from an authority outside of the box, in a DNS that is signed: names that lead here, elsewhere, and moved;
# redirect, HSTS, renewal, a further name, an authority that is down. What is in force is seen from outside, by a machine
# that asks that DNS.
set -euo pipefail
. "$LAB.d/authority.sh"
. "$LAB.d/certificates.sh"
. "$LAB.d/django.sh"
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

# This machine's own end of the wire is shut; the box cannot see it.
obstruct() { iptables "$1" OUTPUT -d "$ip" -p tcp --dport 80 -j REJECT --reject-with tcp-reset; }
obstruct_authority() { iptables "$1" INPUT -s "$ip" -p tcp --dport 14000 -j "${@:2}"; }
down=(REJECT --reject-with tcp-reset)
unobstruct() {
  while obstruct -D 2>/dev/null; do :; done
  while obstruct_authority -D "${down[@]}" 2>/dev/null; do :; done
  while obstruct_authority -D DROP 2>/dev/null; do :; done
}
cleanup() {
  authority_stop
  unobstruct
  drop_box
}
unobstruct # a run that was killed left its rules, and boxes get the same addresses again
authority_start "$box" "$work"
"$LAB" save "$box"
given=(--yes --no-confirm --set domain=example.test --set aliases=www.example.test
  --set "acme-server=$authority_url" --set "administrators=deploy $(cat "$work/key.pub")")
web() { curl -s -m 10 -o /dev/null -D - "$@" --resolve "*:80:$ip" --resolve "*:443:$ip" --cacert "$authority_root" | tr -d '\r'; }
served() { openssl s_client -connect "$ip:443" -servername "${1-example.test}" </dev/null 2>/dev/null | openssl x509 -noout "${@:2}"; }

echo "# a fresh host with its names leading here: one apply"
authority_lead example.test "$ip"
authority_lead www.example.test "$ip" "$ip6"
start=$SECONDS
code=0
inbox harden apply django-apache "${given[@]}" >"$work/first" 2>&1 || code=$?
if [ "$code" = 0 ]; then passed "apply succeeds"; else
  failed "apply succeeds" "exit code $code" "$(tail -n 8 "$work/first")" "$(tail -n 4 "$authority_folder/pebble.log")"
  cat "$work/first" "$authority_folder/pebble.log"
fi
echo "# it took $((SECONDS - start)) s"
contains "its plan said what would follow" "apply then goes on by itself" "$(tr -s ' \n' ' ' <"$work/first")"
contains "the certificate is the authority's" "Pebble Intermediate CA" "$(served example.test -issuer)"
contains "and for all names" "DNS:example.test, DNS:www.example.test" "$(served example.test -ext subjectAltName)"
contains "http leads to https" "Location: https://www.example.test/x" "$(web http://www.example.test/x)"
contains "for a year" "Strict-Transport-Security: max-age=31557600" "$(web https://example.test/)"
equal "the authority was asked for one order, and for one in trial" 2 "$(authority_orders)"
equal "the application knows" '"on"' "$(inbox python3 -c 'import json; print(json.dumps(json.load(open("/etc/django_config.json"))["HTTPS"]))')"
exits "verify says that all is so" 0 inbox harden verify
inbox harden apply --yes >"$work/second" 2>&1 || true
contains "a second apply has nothing to do" "Nothing to do" "$(cat "$work/second")"
equal "nor asks the authority" 2 "$(authority_orders)"
inbox sh -euc "$django_project" >"$work/project" 2>&1 || cat "$work/project"
inbox systemctl reload apache2
sleep 1
cp "$HARDEN" "$names_files/harden"
cp "$authority_root" "$names_files/root.pem"
audit() { outside /srv/lab/harden audit "$@" --ca /srv/lab/root.pem 2>&1 || true; }
seen() { tr -s ' \n' ' ' <<<"$1"; }
grade=$(audit https://example.test/admin/login/)
contains "the admin's login is A+" "A+   145 of 165" "$grade"
case $grade in *"A+   145 of 165"*) ;; *) echo "$grade" ;; esac

echo "# the DNS, asked from outside"
look() { seen "$(audit https://example.test/admin/login/ --caa pebble.test --resolver "$names_resolver")"; }
said=$(look)
contains "its addresses answer" "· addresses: $ip." "$said"
contains "a resolver that checks says that it is signed" "· DNSSEC: Signed, and valid." "$said"
contains "CAA is missing: the record to paste" 'mend: example.test. 3600 IN CAA 0 issue "pebble.test"' "$said"
names_set example.test CAA '0 issue "pebble.test"'
contains "with it, that authority alone may issue" "· CAA: At example.test: pebble.test alone may issue." "$(look)"
names_set example.test CAA '0 issue "digicert.com"'
said=$(look)
contains "with another one, renewal will fail" "only digicert.com may issue, but the certificate in use is of pebble.test" "$said"
contains "and the record is there to paste" 'mend: example.test. 3600 IN CAA 0 issue "pebble.test"' "$said"
names_set example.test CAA
names_set example.test AAAA 2001:db8::7
contains "an address where nobody answers" "! addresses that do not answer: 2001:db8::7." "$(look)"
names_set example.test AAAA
names_set plain.test A "$ip"
names_set broken.test A 192.0.2.1
for server in "$names_resolver" "$names_server"; do
  # The second one hands signatures on, and delv checks them from the root down.
  contains "signed, says $server" "DNSSEC: Signed, and valid." "$(seen "$(audit https://example.test --resolver "$server")")"
  contains "not signed, says $server" "- DNSSEC: Not signed:" "$(seen "$(audit https://plain.test --resolver "$server")")"
  contains "wrongly signed, says $server" "! DNSSEC: Signed, but it does not fit:" \
    "$(seen "$(audit https://broken.test --resolver "$server")")"
done

lacks "Django's own check --deploy finds nothing" "settings of" "$(inbox harden verify 2>&1 || true)"

echo "# testssl.sh"
inbox apt-get install -qq -y --no-install-recommends testssl.sh >"$work/apt" 2>&1
"$LAB" put "$box" "$authority_root" /root/authority.pem
inbox testssl --quiet --color 0 --warnings batch --severity MEDIUM --add-ca /root/authority.pem --jsonfile /root/testssl.json \
  --ip "$ip" -p -s -f -P -S -h -U https://example.test/ >"$work/testssl" 2>&1 || true
contains "it looked at the whole server" "LUCKY13" "$(cat "$work/testssl")"
# The laboratory's authority names neither a list of what it took back nor anybody to ask, and pebble 2.3 (Ubuntu 22.04)
# knows no other period than five years.
equal "finds nothing above low" "" "$(inbox python3 -c '
import json
for f in json.load(open("/root/testssl.json")):
    if f["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL") and f["id"] not in ("cert_revocation", "cert_validityPeriod"): print(f["id"], f["finding"])')"

echo "# taken back"
check "the run is taken back" inbox harden undo --yes
check "the certificate stays" inbox test -e /etc/letsencrypt/live/example.test/fullchain.pem
refuse "HTTPS does not" curl -s -m 5 -k "https://$ip/"

echo "# a fresh host with its names leading elsewhere"
"$LAB" restore "$box"
authority_lead example.test 192.0.2.7
authority_lead www.example.test "$ip" 2001:db8::7
orders=$(authority_orders)
exits "apply succeeds" 0 inbox harden apply django-apache "${given[@]}"
said=$(inbox harden plan 2>&1 | tr -s ' \n' ' ')
contains "the name is waited for" "example.test → 192.0.2.7, not this host" "$said"
contains "and the one address of the other" "www.example.test → 2001:db8::7, not this host" "$said"
lacks "but not its good one" "www.example.test → $ip" "$said"
exits "verify is content" 0 inbox harden verify
contains "the site answers over http" " 503 " "$(web http://example.test/)"
lacks "without HSTS" strict-transport-security "$(web http://example.test/ | tr A-Z a-z)"
equal "no order was made" "$orders" "$(authority_orders)"

echo "# an address that is only in /etc/hosts"
inbox sh -c "echo '$ip example.test www.example.test' >>/etc/hosts"
contains "is nobody else's" "example.test → 192.0.2.7, not this host" "$(inbox harden plan 2>&1 | tr -s ' \n' ' ')"

echo "# moved here, but the authority is kept off port 80 on its way"
authority_lead example.test "$ip"
authority_lead www.example.test "$ip"
obstruct -I
code=0
inbox harden apply --yes >"$work/refused" 2>&1 || code=$?
obstruct -D
said=$(tr -s ' \n' ' ' <"$work/refused")
equal "apply fails" 1 "$code"
contains "it says which link" "example.test is port 80: the authority could not connect" "$said"
contains "with the authority's own words" "Detail:" "$said"
contains "and that nothing else is left" "nothing else is left" "$said"
equal "after one try" $((orders + 1)) "$(authority_orders)"
contains "the site goes on over http" " 503 " "$(web http://example.test/)"

echo "# this host's own firewall shuts port 80"
inbox ufw deny 80/tcp >/dev/null
said=$(inbox harden plan 2>&1 | tr -s ' \n' ' ')
contains "the plan says so" "port 80 is shut" "$said"
contains "and what will follow" "apply then goes on by itself" "$said"

echo "# and succeeds"
exits "the next apply goes on" 0 inbox harden apply --yes --no-confirm
contains "http leads to https" "Location: https://example.test/" "$(web http://example.test/)"
contains "for a year" "Strict-Transport-Security: max-age=31557600" "$(web https://www.example.test/)"
exits "verify is content" 0 inbox harden verify

echo "# renewal"
before=$(served example.test -serial)
inbox certbot renew --cert-name example.test --force-renewal --no-random-sleep-on-renew >"$work/renew" 2>&1 || cat "$work/renew"
sleep 1
after=$(served example.test -serial)
check "a renewed certificate is served" test "$before" != "$after"
equal "the one on disk" "$(inbox openssl x509 -noout -serial -in /etc/letsencrypt/live/example.test/cert.pem)" "$after"
exits "verify is content" 0 inbox harden verify

echo "# one that expired, because nothing renewed it"
bad_certificates "$work/bad" example.test www.example.test
for file in tls.key expired.pem; do "$LAB" put "$box" "$work/bad/$file" "/root/$file"; done
inbox sh -euc 'cd /etc/letsencrypt/live/example.test
for file in cert fullchain; do cat /root/expired.pem >"$(realpath $file.pem)"; done
cat /root/tls.key >"$(realpath privkey.pem)"
systemctl reload apache2'
contains "the plan says so" "~ certificate example.test expired →" "$(inbox harden plan 2>&1 | tr -s ' \n' ' ')"
exits "apply orders another" 0 inbox harden apply --yes
contains "which is served" "Pebble Intermediate CA" "$(served example.test -issuer)"
exits "verify is content" 0 inbox harden verify

echo "# a further name"
authority_lead shop.example.test "$ip"
exits "apply extends the certificate" 0 inbox harden apply --yes --set aliases=www.example.test --set aliases=shop.example.test
contains "to the new one" "DNS:shop.example.test" "$(served shop.example.test -ext subjectAltName)"
contains "and leads there" "Location: https://shop.example.test/" "$(web http://shop.example.test/)"
exits "a name that leaves stays in it" 0 inbox harden apply --yes --set aliases=www.example.test
contains "as before" "DNS:shop.example.test" "$(served example.test -ext subjectAltName)"

echo "# the name that left leads elsewhere"
authority_lead shop.example.test 192.0.2.7
authority_lead new.example.test "$ip"
contains "verify says that the next renewal will fail" "shop.example.test → 192.0.2.7, not this host" "$(inbox harden verify 2>&1 | tr -s ' \n' ' ')"
given=(--set aliases=www.example.test --set aliases=new.example.test)
orders=$(authority_orders)
exits "apply waits with a new name" 0 inbox harden apply --yes "${given[@]}"
equal "and orders nothing" "$orders" "$(authority_orders)"
lacks "and takes nothing away" "DNS:new.example.test" "$(served example.test -ext subjectAltName)"
contains "what would, it says" "a certificate without: sudo certbot certonly" "$(inbox harden plan 2>&1 | tr -s ' \n' ' ')"
way=$(inbox harden plan --json | grep -o 'certbot certonly [^,]*' | head -n 1)
exits "typed as it stands" 0 inbox sh -c "$way"
exits "apply goes on" 0 inbox harden apply --yes
sleep 1
contains "to the new name" "DNS:new.example.test" "$(served example.test -ext subjectAltName)"
lacks "without the one that left" "DNS:shop.example.test" "$(served example.test -ext subjectAltName)"
exits "verify is content" 0 inbox harden verify

echo "# the authority is down"
obstruct_authority -I "${down[@]}"
authority_lead late.example.test "$ip"
code=0
inbox harden apply --yes --set aliases=www.example.test --set aliases=late.example.test >"$work/down" 2>&1 || code=$?
obstruct_authority -D "${down[@]}"
equal "apply fails" 1 "$code"
contains "and says why" "Certificate authority not reached" "$(cat "$work/down")"
obstruct_authority -I DROP
start=$SECONDS code=0
inbox harden apply --yes >"$work/silent" 2>&1 || code=$?
obstruct_authority -D DROP
equal "it also fails where the authority never answers" 1 "$code"
contains "and says why" "Certificate authority not reached" "$(cat "$work/silent")"
check "within three minutes" test $((SECONDS - start)) -le 180
contains "the site serves on" "Strict-Transport-Security" "$(web https://example.test/)"
contains "the new name over http" " 503 " "$(web http://late.example.test/)"
exits "once it is back, apply goes on" 0 inbox harden apply --yes
contains "to the new name" "DNS:late.example.test" "$(served late.example.test -ext subjectAltName)"

echo "# settings of the lineage that hold no word"
conf=/etc/letsencrypt/renewal/example.test.conf
inbox sh -c "cp $conf /root/conf; : >$conf"
orders=$(authority_orders)
exits "apply ends" 0 inbox harden apply --yes
equal "and orders nothing, neither now nor each time" "$orders" "$(authority_orders)"
contains "it says what is wrong" "nothing that could be read in $conf" "$(inbox harden plan 2>&1 | tr -s ' \n' ' ')"
inbox cp /root/conf $conf
exits "put back, verify is content" 0 inbox harden verify

echo "# its renewal is switched off"
inbox sed -i '/^\[renewalparams\]/a autorenew = False' $conf
exits "verify says so" 2 inbox harden verify
exits "apply orders it anew" 0 inbox harden apply --yes
refuse "without that line" inbox grep -q 'autorenew = False' $conf
exits "verify is content" 0 inbox harden verify
orders=$(authority_orders)
exits "and another apply ends" 0 inbox harden apply --yes
equal "with no order" "$orders" "$(authority_orders)"

echo "# the certificate is deleted"
inbox certbot delete --non-interactive --cert-name example.test >"$work/delete" 2>&1 || cat "$work/delete"
exits "apply has another one" 0 inbox harden apply --yes
contains "which is served" "DNS:late.example.test" "$(served example.test -ext subjectAltName)"
contains "for a year, since its renewal was tried" "max-age=31557600" "$(web https://example.test/)"
exits "verify is content" 0 inbox harden verify

echo "# another name comes first"
exits "apply follows" 0 inbox harden apply --yes --set domain=www.example.test --set aliases=example.test
contains "with a certificate of that name" "DNS:www.example.test" "$(served www.example.test -ext subjectAltName)"
contains "http leads to https as before" "Location: https://example.test/" "$(web http://example.test/)"
check "Apache is still told of renewals" inbox test -x /etc/letsencrypt/renewal-hooks/deploy/harden-reload-apache
exits "verify is content" 0 inbox harden verify

echo "# a name that comes back, to a certificate that has been there all along"
authority_lead moved.test "$ip"
exits "the site moves to a name of its own" 0 inbox harden apply --yes --set domain=moved.test --set aliases=
orders=$(authority_orders)
exits "and back, in one apply" 0 inbox harden apply --yes --set domain=example.test --set aliases=www.example.test
equal "with no order, but a trial of the renewal" $((orders + 1)) "$(authority_orders)"
contains "http leads to https as before" "Location: https://example.test/" "$(web http://example.test/)"
contains "for a year" "Strict-Transport-Security: max-age=31557600" "$(web https://example.test/)"
exits "verify is content" 0 inbox harden verify
