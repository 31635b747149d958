# For container tests: a certificate authority of the box's own, outside of it, as the world is, and the world's DNS.
# After machine.sh and names.sh.
#
#   authority_start "$box" "$work"           pebble on the host's end of the box's wire; $authority_url, $authority_root
#   authority_lead example.test "$ip" "$ip6" where a name leads; without addresses nowhere
#   authority_stop

# The box asks the DNS here, and trusts what signs the authority's own certificate, as for a public one it would already.
authority_start() {
  local name=$1 deb
  authority_folder=$2/authority
  box "$name"
  mkdir -p "$authority_folder"
  for deb in "$image"/repo/pebble_*.deb; do dpkg -x "$deb" "$authority_folder"; done
  (
    cd "$authority_folder"
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=Lab web authority" -keyout web-ca.key -out web-ca.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=acme.test" -keyout web.key -out web.csr
    openssl x509 -req -in web.csr -CA web-ca.pem -CAkey web-ca.key -CAcreateserial -days 30 -out web.pem \
      -extfile <(printf 'subjectAltName=DNS:acme.test,IP:%s\n' "$peer")
  ) 2>/dev/null
  cat >"$authority_folder/pebble.json" <<END
{"pebble": {"listenAddress": "$peer:14000", "managementListenAddress": "$peer:15000", "httpPort": 80, "tlsPort": 443,
 "certificate": "$authority_folder/web.pem", "privateKey": "$authority_folder/web.key", "ocspResponderURL": "",
 "certificateValidityPeriod": 7776000}}
END
  authority_url=https://acme.test:14000/dir authority_root=$authority_folder/root.pem
  names_start "$name" "$2"
  names_set acme.test A "$peer"
  authority_run
  authority_answer 15000/roots/0 >"$authority_root"
  authority_answer 14000/dir >/dev/null
  lab_put "$name" "$authority_folder/web-ca.pem" /usr/local/share/ca-certificates/lab.crt
  enter sh -c "update-ca-certificates && echo 'nameserver $peer' >/etc/resolv.conf" >/dev/null 2>&1
}

authority_run() {
  PEBBLE_VA_NOSLEEP=1 PEBBLE_AUTHZREUSE=0 PEBBLE_WFE_NONCEREJECT=0 "$authority_folder/usr/bin/pebble" -config "$authority_folder/pebble.json" \
    -dnsserver "$peer:53" >>"$authority_folder/pebble.log" 2>&1 &
  authority_pid=$!
}

# What it says at PORT/PATH, once it is up.
authority_answer() {
  curl -sSf -m 10 --retry 20 --retry-all-errors --retry-delay 1 --retry-max-time 60 --cacert "$authority_folder/web-ca.pem" \
    "https://$peer:$1" 2>"$authority_folder/curl.log" ||
    { tail -n 3 "$authority_folder/curl.log" "$authority_folder/pebble.log" >&2; return 1; }
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

# How many orders the authority was asked for.
authority_orders() { grep -c 'Added order' "$authority_folder/pebble.log" || :; }

authority_stop() {
  [ -z "${authority_pid-}" ] || kill "$authority_pid" 2>/dev/null || :
  names_stop
}
