#!/bin/bash
# Let's Encrypt by its own names, as a recipe that names no authority asks it: first the trial server, then the real one;
# and with a certbot that came as a snap. Both servers are pebble, behind the addresses that Let's Encrypt has.
set -euo pipefail
. "$LAB.d/authority.sh"
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

cleanup() {
  authority_stop
  drop_box
}

# production is the authority that every test has, staging a second one beside it.
authority_start "$box" "$work"
staging=$work/staging
authority_run "$staging" 14001 15001

# What Let's Encrypt has in front: names, port 443, and /directory.
production_name=acme-v02.api.letsencrypt.org staging_name=acme-staging-v02.api.letsencrypt.org
authority_leaf "$work/front" "DNS:$production_name,DNS:$staging_name"
cat >"$work/front.py" <<'END'
import http.client, http.server, ssl, sys

folder, peer, production, staging = sys.argv[1:]
ports = {production: 14000, staging: 14001}


class Front(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = "/dir" if self.path == "/directory" else self.path
        behind = http.client.HTTPSConnection(peer, ports[self.headers["Host"]], context=ssl._create_unverified_context())
        # Host stays: pebble makes its links from it, and the client signs them.
        behind.request(self.command, path, body or None, dict(self.headers))
        answer = behind.getresponse()
        text = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "date", "server", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_HEAD = pass_on

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/front.pem", folder + "/front.key")
server = http.server.ThreadingHTTPServer((peer, 443), Front)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
END
python3 "$work/front.py" "$work" "$peer" "$production_name" "$staging_name" >"$work/front.log" 2>&1 &
authority_pids+=($!)
names_set "$production_name" A "$peer"
names_set "$staging_name" A "$peer"
authority_lead example.test "$ip"
"$LAB" save "$box"

# Whether a visitor who trusts that authority alone gets the site.
visit() { curl -s -m 10 -o /dev/null -D - --cacert "$1/root.pem" --resolve "*:443:$ip" https://example.test/ | tr -d '\r'; }
server() { inbox sed -n 's/^server = //p' /etc/letsencrypt/renewal/example.test.conf; }
given=(--yes --no-confirm --set domain=example.test --set "administrators=deploy $(cat "$work/key.pub")")
tells() { "${@:2}" >"$work/$1" 2>&1 && return; tail -n 20 "$work/$1"; return 1; }

echo "# the trial server"
check "apply succeeds" tells first inbox harden apply django-apache "${given[@]}" --set acme-server=staging
check "the certificate is the trial server's" visit "$staging"
refuse "which no browser takes" visit "$authority_folder"
equal "renewals ask it, too" "https://$staging_name/directory" "$(server)"
equal "the real one was not asked" 0 "$(authority_orders)"
asked=$(authority_orders "$staging")
exits "verify is content" 0 inbox harden verify
contains "a second apply has nothing to do" "Nothing to do" "$(inbox harden apply --yes)"
equal "nor asks the trial server" "$asked" "$(authority_orders "$staging")"

echo "# and then the real one"
contains "the plan says what it replaces" "certificate example.test from https://$staging_name/directory →" \
  "$(inbox harden plan --set acme-server= 2>&1 | tr -s ' \n' ' ')"
check "apply succeeds" tells second inbox harden apply --yes --no-confirm --set acme-server=
check "the certificate is the real one's" visit "$authority_folder"
refuse "and no more the trial server's" visit "$staging"
contains "for a year" "Strict-Transport-Security: max-age=31557600" "$(visit "$authority_folder")"
equal "renewals ask it" "https://$production_name/directory" "$(server)"
equal "it was asked for one order" 1 "$(authority_orders)"
# certbot asks the trial server where the lineage's is the real one, so that no trial counts.
trials=$(authority_orders "$staging")
equal "and the trial server for the renewal's trial" $((asked + 1)) "$trials"
[ "$trials" = $((asked + 1)) ] || { # what certbot did, and when
  inbox sh -c "grep -hE 'Arguments:|Recreating order|new-order|HTTP [45]' /var/log/letsencrypt/*.log* | tail -n 60"
  tail -n 60 "$staging/pebble.log"
}
exits "verify is content" 0 inbox harden verify
contains "a second apply has nothing to do" "Nothing to do" "$(inbox harden apply --yes)"
equal "nor asks it again" 1 "$(authority_orders)"
equal "and the trial server no more either" $((asked + 1)) "$(authority_orders "$staging")"

echo "# a recipe that names no authority, on a fresh host whose certbot is a snap's"
"$LAB" restore "$box"
# The library of Debian's package; program and timer lie where a snap has them, and are called as snapd calls them.
inbox sh -euc 'apt-get update -qq; apt-get install -qq -y --no-install-recommends python3-certbot
mkdir -p /snap/bin
cat >/snap/bin/certbot <<PY
#!/usr/bin/python3
import sys
from certbot.main import main
sys.exit(main())
PY
chmod 755 /snap/bin/certbot
cat >/etc/systemd/system/snap.certbot.renew.service <<UNIT
[Service]
Type=oneshot
ExecStart=/snap/bin/certbot -q renew --no-random-sleep-on-renew
UNIT
cat >/etc/systemd/system/snap.certbot.renew.timer <<UNIT
[Timer]
OnCalendar=*-*-* 04:20
OnCalendar=*-*-* 16:40
[Install]
WantedBy=timers.target
UNIT
apt-get purge -qq -y certbot 2>/dev/null || :
systemctl daemon-reload; systemctl enable -q --now snap.certbot.renew.timer' >"$work/snap" 2>&1 || cat "$work/snap"
asked=$(authority_orders)
check "apply succeeds" tells third inbox harden apply django-apache "${given[@]}"
check "the certificate is the real authority's" visit "$authority_folder"
contains "for a year" "Strict-Transport-Security: max-age=31557600" "$(visit "$authority_folder")"
equal "it was asked for one order" $((asked + 1)) "$(authority_orders)"
refuse "Debian's certbot is not installed beside it" inbox test -e /usr/bin/certbot
equal "the snap's timer is the one that renews" "snap.certbot.renew.timer" \
  "$(inbox systemctl list-timers --no-legend --plain | grep -o '[^ ]*certbot[^ ]*\.timer' | sort -u)"
exits "verify is content" 0 inbox harden verify
contains "a second apply has nothing to do" "Nothing to do" "$(inbox harden apply --yes)"
serial() { openssl s_client -connect "$ip:443" -servername example.test </dev/null 2>/dev/null | openssl x509 -noout -serial; }
before=$(serial)
inbox sed -i 's/^\[renewalparams\]/renew_before_expiry = 3650 days\n&/' /etc/letsencrypt/renewal/example.test.conf
check "its timer's job renews" inbox systemctl start snap.certbot.renew.service
sleep 1
refuse "and what it got is served" test "$before" = "$(serial)"
inbox systemctl stop snap.certbot.renew.timer
contains "a timer that stands still is seen" "snap.certbot.renew.timer" "$(inbox harden plan 2>&1)"
exits "as drift" 2 inbox harden verify
exits "and mended" 0 inbox harden apply --yes
equal "it goes again" active "$(inbox systemctl is-active snap.certbot.renew.timer)"
