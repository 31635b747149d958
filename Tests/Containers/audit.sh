#!/bin/bash
# A site that harden keeps, looked at from outside by harden audit: its grade, its TLS, and servers that misbehave.
set -euo pipefail
. "$LAB.d/django.sh"
. "$LAB.d/certificates.sh"
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

hostile=
cleanup() {
  [ -z "$hostile" ] || kill "$hostile" 2>/dev/null || true
  drop_box
}
there=(--resolve "example.test:80:$ip" --resolve "example.test:443:$ip")
audit() { "$HARDEN" audit "$@" 2>&1; }
inbox harden apply django-apache --yes --no-confirm --set domain=example.test --set "administrators=deploy $(cat "$work/key.pub")" \
  >"$work/apply" 2>&1 || { cat "$work/apply"; exit 1; }

echo "# before any code"
contains "a site that answers 503 has no grade" "The page answers 503" "$(audit http://example.test "${there[@]}" || true)"

echo "# a Django project, over http"
inbox sh -euc "$django_project" >"$work/project" 2>&1 || cat "$work/project"
sleep 1
plain=$(audit http://example.test/admin/login/ "${there[@]}" || true)
contains "over http alone it is C+" "C+   60 of 165" "$plain"
contains "a login over http is a problem" "login over http" "$plain"

echo "# with a certificate of an authority of our own, where certbot keeps them"
inbox sh -euc 'mkdir -p /root/ca && cd /root/ca
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj "/CN=Lab CA" -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=example.test -keyout leaf.key -out leaf.csr 2>/dev/null
printf "subjectAltName=DNS:example.test\n" >ext
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 90 -extfile ext -out leaf.pem 2>/dev/null
l=/etc/letsencrypt; install -d -m 700 $l/live $l/archive; install -d $l/live/example.test $l/archive/example.test
cd $l/archive/example.test; cp /root/ca/leaf.pem cert1.pem; cp /root/ca/leaf.pem fullchain1.pem; cp /root/ca/ca.pem chain1.pem
install -m 600 /root/ca/leaf.key privkey1.pem
for f in cert fullchain chain privkey; do ln -s ../../archive/example.test/${f}1.pem $l/live/example.test/$f.pem; done'
inbox harden apply --yes >"$work/tls" 2>&1 || cat "$work/tls"
inbox cat /root/ca/ca.pem >"$work/ca.pem"
good=$(audit https://example.test/admin/login/ --ca "$work/ca.pem" "${there[@]}" || true)
echo "$good"
contains "the admin's login is A+" "A+   135 of 165" "$good"
contains "http leads to https at once" "http leads to https at once" "$good"
contains "old TLS is not taken" "Taken: TLS 1.2, TLS 1.3." "$good"
lacks "and nothing is a problem" "  ! " "$good"
exits "it is good enough for A" 0 "$HARDEN" audit https://example.test/admin/login/ --ca "$work/ca.pem" "${there[@]}" --exit-code A --grade-only
contains "an unknown authority is told" "Lab CA" "$(audit https://example.test/admin/login/ "${there[@]}" || true)"
exits "and costs the grade" 2 "$HARDEN" audit https://example.test/admin/login/ "${there[@]}" --exit-code A --grade-only
check "what was answered is recorded" "$HARDEN" audit https://example.test/admin/login/ --ca "$work/ca.pem" "${there[@]}" --record "$work/answers.json"
contains "and gives the same grade without a network" "A+   135 of 165" "$(audit --responses "$work/answers.json")"
contains "another name gets what strangers get" "certificate's names" \
  "$(audit https://other.test --resolve "other.test:443:$ip" --resolve "other.test:80:$ip" || true)"

echo "# what should not be"
inbox sh -c 'mkdir -p /srv/django/media/open && chmod -R a+rX /srv/django/media && cd /srv/django && sed -i "s/^DEBUG = not.*//" mysite/harden.py && printf "DEBUG = True\n" >>mysite/settings.py && touch mysite/wsgi.py'
sleep 1
contains "DEBUG = True is noticed" "DEBUG = True" "$(audit https://example.test/admin/login/ --ca "$work/ca.pem" "${there[@]}" || true)"

echo "# servers that misbehave"
bad_certificates "$work" localhost
# One for an address, and one below a certificate that has expired.
(
  cd "$work"
  new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  openssl req "${new[@]}" -subj "/CN=Lab between" -addext basicConstraints=critical,CA:TRUE -keyout between.key -out between.csr
  openssl ca -config ca.conf -batch -notext -in between.csr -startdate 260101000000Z -enddate 260201000000Z -out between.pem
  openssl req "${new[@]}" -subj /CN=leaf -addext subjectAltName=DNS:localhost,IP:::1 -keyout leaf.key -out leaf.csr
  openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -copy_extensions copy -out address.pem
  openssl x509 -req -in leaf.csr -CA between.pem -CAkey between.key -CAcreateserial -days 30 -copy_extensions copy -out below.pem
  cat between.pem >>below.pem
) >"$work/log" 2>&1 || cat "$work/log"
cat >"$work/hostile.py" <<'PY'
import gzip, socket, ssl, sys, threading, time

bomb = gzip.compress(bytes(256 << 20), 1)

def answer(c, context=None):
    try:
        if context:
            c = context.wrap_socket(c, server_side=True)
        method, path = c.recv(65536).decode().split(' ')[:2]
        head = b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\n'
        if path == '/loop':
            c.sendall(b'HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: /loop\r\n\r\n')
        elif path == '/get' and method == 'HEAD':
            c.sendall(b'HTTP/1.1 501 No\r\nConnection: close\r\n\r\n')
        elif path == '/body' and method == 'HEAD':
            c.sendall(head + b'Content-Length: 9\r\n\r\nnot asked')
        elif path == '/never':
            time.sleep(60)
        elif path == '/drip':
            for byte in head + b'\r\n' + b'x' * 9999:
                c.sendall(bytes([byte]))
                time.sleep(0.5)
        elif path == '/big':
            c.sendall(head + b'\r\n')
            while True:
                c.sendall(b'x' * 65536)
        elif path == '/bomb':
            c.sendall(head + b'Content-Encoding: gzip\r\n\r\n' + bomb)
        elif path == '/headers':
            c.sendall(head)
            while True:
                c.sendall(b'X-More: ' + b'x' * 8000 + b'\r\n')
        elif path == '/control':
            c.sendall(head + b'X-Frame-Options: \xc2\x9b2J\xe2\x80\xae \x9b5m\r\nServer: a/1 \x9b5m\r\n\r\n'
                      + b'<script src="http://e/\x1b[31m"></script>')
        elif path == '/encoding':
            c.sendall(head + b'Content-Encoding: foo\r\n\r\n<script src="http://e/x"></script>')
        elif path == '/escape':
            c.sendall(head + b'X-Frame-Options: \x1b]0;owned\x07\r\n\r\n')
        elif path == '/mark':
            c.sendall(head + '\r\n<script src="http://e/\u0d4e<img src=x><\u0301img>"></script>'.encode())
        elif path == '/policies':
            c.sendall(head + b'\r\n' + b''.join(
                b'<meta http-equiv=content-security-policy content="default-src https://a%d/x https://b">' % i
                for i in range(20000)))
        elif path == '/attributes':
            c.sendall(head + b'\r\n<script ' + b' '.join(b'a%d=1' % i for i in range(60000)) + b' src=//e/x></script>')
        elif path == '/500':
            c.sendall(b'HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n')
        elif path == '/garbage':
            c.sendall(b'SSH-2.0-OpenSSH\r\n\r\nhello')
        else:
            c.sendall(head + b'\r\n<!doctype html>')
    except Exception:
        pass
    finally:
        c.close()

def listen(context=None):
    s = socket.socket()
    s.bind(('127.0.0.1', 0))
    s.listen(50)
    print(s.getsockname()[1])
    def accept():
        while True:
            threading.Thread(target=answer, args=(s.accept()[0], context), daemon=True).start()
    threading.Thread(target=accept).start()

listen()
for name, key in (('expired', 'tls'), ('self-signed', 'tls'), ('address', 'leaf'), ('below', 'leaf'), ('address', 'leaf')):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1] + '/' + name + '.pem', sys.argv[1] + '/' + key + '.key')
    listen(context)
# The last one speaks TLS 1.0 alone, from the first connection on.
context.set_ciphers('ALL:@SECLEVEL=0')
context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
# One that takes no connection: its queue is full.
full = socket.socket()
full.bind(('127.0.0.1', 0))
full.listen(0)
callers = [socket.socket() for _ in range(4)]
for caller in callers:
    caller.setblocking(False)
    caller.connect_ex(full.getsockname())
print(full.getsockname()[1], flush=True)
PY
python3 "$work/hostile.py" "$work" >"$work/ports" &
hostile=$!
until [ "$(wc -l <"$work/ports")" = 7 ]; do sleep 0.1; done
{ read -r port && read -r expired && read -r self_signed && read -r address6 && read -r below && read -r old &&
  read -r full; } <"$work/ports"
# An address, the exit code, and what is said of it.
while read -r address code words; do
  start=$SECONDS ended=0
  more=()
  case $address in
    */silence) more=(--pages /,/a,/b,/c,/d,/e,/f) ;;
    https://*) more=(--ca "$work/root.pem" --connect-to "[::1]:$address6:127.0.0.1:$address6") ;;
  esac
  case $address in */self-signed) more=() ;; esac
  timeout 60 "$HARDEN" audit "$address" "${more[@]}" >"$work/said" 2>&1 || ended=$?
  took=$((SECONDS - start)) name=${address##*/}
  equal "/$name ends with $code" "$code" "$ended"
  contains "/$name: $words" "$words" "$(tr -s ' \n' ' ' <"$work/said")"
  check "/$name is over within 40 seconds ($took)" test "$took" -le 40
done <<END
http://127.0.0.1:$port/loop 0 ! redirects without end: After ten of them
http://127.0.0.1:$port/never 1 http: Operation timed out
http://127.0.0.1:$port/drip 1 http: Operation timed out
http://127.0.0.1:$port/big 0 - a page without end: Only its first
http://127.0.0.1:$port/bomb 0 - a page without end: Only its first
http://127.0.0.1:$port/headers 1 http: Too large response headers
http://127.0.0.1:$port/control 0 ! script from elsewhere: http://e/%1B[31m
http://127.0.0.1:$port/encoding 0 ! script from elsewhere: http://e/x
http://127.0.0.1:$port/escape 1 X-Frame-Options holds a control character
http://127.0.0.1:$port/policies 0 Content-Security-Policy nothing that is unsafe
http://127.0.0.1:$port/attributes 0 ! script from elsewhere: http://e/x
http://127.0.0.1:$port/500 1 The page answers 500.
http://127.0.0.1:$port/garbage 1 http: what came is no HTTP answer
127.0.0.1:$port/get 0 MDN HTTP Observatory
127.0.0.1:$port/body 0 MDN HTTP Observatory
127.0.0.1:$port/500 1 http: it answers 500.
localhost:$self_signed/body 0 ! self-signed certificate: No browser knows who made it
http://127.0.0.1:$full/silence 1 http: not asked, since / did not answer.
https://localhost:$expired/expired 0 ! certificate: It expired on 2026-02-01
https://localhost:$self_signed/self-signed 0 ! self-signed certificate: No browser knows who made it
https://[::1]:$address6/address 0 TLS · certificate: Until
https://localhost:$below/below 0 ! certificate's chain: “CN=Lab between”, which is sent along, expired on 2026-02-01
https://localhost:$old/old 1 ! TLS 1.0 alone: RFC 8996 retired
END
equal "no control character reaches the terminal" 0 \
  "$(audit "http://127.0.0.1:$port/control" | LC_ALL=C grep -cP '[\x00-\x08\x0b-\x1f\x7f]|\xc2\x9b|\xe2\x80\xae' || true)"
equal "nor stands in JSON" 0 \
  "$("$HARDEN" audit "http://127.0.0.1:$port/control" --json | LC_ALL=C grep -cP '[^\x0a\x20-\x7e]' || true)"
check "a page is written" "$HARDEN" audit "http://127.0.0.1:$port/mark" --html "$work/mark.html"
equal "no element of the site's stands in it" 0 "$(LC_ALL=C grep -c '<img\|<[^a-z/!]' "$work/mark.html" || true)"
exits "no page at all is a misuse" 64 "$HARDEN" audit "http://127.0.0.1:$port/" --pages ''
for kind in --json --grade-only; do
  lacks "a password in the URL is not printed ($kind)" "secret" "$(audit "http://me:secret@127.0.0.1:$port/" $kind || true)"
done
