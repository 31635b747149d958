# For container tests: a certificate authority of the box's own, outside of it, as the world is, and the world's DNS.
#
#   authority_start "$box" "$work"           pebble on the host's end of the box's wire; $authority_url, $authority_root
#   authority_lead example.test "$ip" "$ip6" where a name leads; without addresses nowhere
#   authority_run FOLDER 14001 15001         a second one, on other ports; FOLDER/root.pem, FOLDER/pebble.log
#   authority_leaf FILE DNS:NAME,…           FILE.key and FILE.pem, of the lab's own, whom the box trusts
#   authority_orders [FOLDER]                how many orders it was asked for
#   authority_stop                           all of them

for part in common box machine names; do . "$LAB.d/$part.sh"; done

# The box asks the DNS here, and trusts what signs the authority's own certificate, as for a public one it would already.
authority_start() {
  local name=$1 deb
  authority_folder=$2/authority
  box "$name"
  mkdir -p "$authority_folder"
  for deb in "$image"/repo/pebble_*.deb; do dpkg -x "$deb" "$authority_folder"; done
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=Lab web authority" \
    -keyout "$authority_folder/web-ca.key" -out "$authority_folder/web-ca.pem" 2>/dev/null
  authority_leaf "$authority_folder/web" "DNS:acme.test,IP:$peer"
  authority_url=https://acme.test:14000/dir authority_root=$authority_folder/root.pem authority_pids=()
  names_start "$name" "$2"
  names_set acme.test A "$peer"
  authority_run "$authority_folder" 14000 15000
  lab_put "$name" "$authority_folder/web-ca.pem" /usr/local/share/ca-certificates/lab.crt
  enter sh -c "update-ca-certificates && echo 'nameserver $peer' >/etc/resolv.conf" >/dev/null 2>&1
}

authority_leaf() {
  local file=$1 names=$2
  {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=lab" -keyout "$file.key" -out "$file.csr"
    openssl x509 -req -in "$file.csr" -CA "$authority_folder/web-ca.pem" -CAkey "$authority_folder/web-ca.key" -CAcreateserial \
      -days 30 -out "$file.pem" -extfile <(printf 'subjectAltName=%s\n' "$names")
  } 2>/dev/null
}

authority_run() {
  local folder=$1 port=$2 management=$3
  mkdir -p "$folder"
  cat >"$folder/pebble.json" <<END
{"pebble": {"listenAddress": "$peer:$port", "managementListenAddress": "$peer:$management", "httpPort": 80, "tlsPort": 443,
 "certificate": "$authority_folder/web.pem", "privateKey": "$authority_folder/web.key", "ocspResponderURL": "",
 "certificateValidityPeriod": 7776000}}
END
  PEBBLE_VA_NOSLEEP=1 PEBBLE_AUTHZREUSE=0 PEBBLE_WFE_NONCEREJECT=0 "$authority_folder/usr/bin/pebble" -config "$folder/pebble.json" \
    -dnsserver "$peer:53" >>"$folder/pebble.log" 2>&1 &
  authority_pids+=($!)
  authority_answer "$folder" "$management/roots/0" >"$folder/root.pem"
  authority_answer "$folder" "$port/dir" >/dev/null
}

# What the one in FOLDER says at PORT/PATH, once it is up.
authority_answer() {
  curl -sSf -m 10 --retry 20 --retry-all-errors --retry-delay 1 --retry-max-time 60 --cacert "$authority_folder/web-ca.pem" \
    "https://$peer:$2" 2>"$1/curl.log" ||
    { tail -n 3 "$1/curl.log" "$1/pebble.log" >&2; return 1; }
}

authority_lead() {
  local name=$1 address v4=() v6=()
  shift
  for address; do
    case $address in *:*) v6+=("$address") ;; *) v4+=("$address") ;; esac
  done
  names_set "$name" A "${v4[@]}"
  names_set "$name" AAAA "${v6[@]}"
}

# With PEBBLE_AUTHZREUSE=0 pebble still hands out an authorization of before one time in a hundred. certbot's trial of a
# renewal then throws that away and orders anew, which counts as one.
authority_orders() {
  awk '/GET \/dir /{ ordered = 0 } /Added order/{ if (!ordered) orders++; ordered = 1 } END { print orders + 0 }' \
    "${1-$authority_folder}/pebble.log"
}

authority_stop() {
  local one
  for one in "${authority_pids[@]}"; do kill "$one" 2>/dev/null || :; done
  names_stop
}
