# For container tests: the DNS of a small world, outside of the box: a root, test. and zones in it, signed, not signed or
# wrongly signed, and a machine that asks it. named, dig and delv are those of the box's release. After machine.sh.
#
#   names_start "$box" "$work"                 $names_server, this end of the box's wire, answers for the zones;
#                                              $names_resolver answers for anything, and checks signatures first
#   names_set example.test A 192.0.2.7         all of its records of that kind: none without values
#   names_set example.test CAA '0 issue "a.test"'
#   outside CMD…                               a command on the machine, which has curl and openssl as well
#   names_stop
#
# example.test and test are signed; plain.test is not; broken.test has addresses that its signatures are not for.

names_zones=(example.test plain.test broken.test test root) # parents after their children, whose keys they vouch for

names_start() {
  local name=$1 zone
  box "$name"
  names_folder=$2/names names_server=$peer names_serial=0
  names_port=${peer#10.213.} names_port=$((5400 + ${names_port%.1}))
  names_resolver=127.0.0.1#$names_port
  machine_start "$names_folder" "$image/root" "$image/repo" bind9 bind9-dnsutils curl openssl ca-certificates
  names_machine=$machine
  names_files=/proc/$names_machine/root/srv/lab
  mkdir "$names_files"/{records,keys}
  for zone in "${names_zones[@]}"; do
    : >"$names_files/records/$zone"
    [ "$zone" = plain.test ] ||
      outside dnssec-keygen -q -a ECDSAP256SHA256 -f KSK -K /srv/lab/keys "$(names_origin "$zone")" >/dev/null
  done
  printf '%s\n' "test. NS ns.test." "ns.test. A $peer" >"$names_files/records/root"
  printf '%s\n' "ns.test. A $peer" "example.test. NS ns.test." "plain.test. NS ns.test." "broken.test. NS ns.test." \
    >"$names_files/records/test"
  for zone in "${names_zones[@]}"; do names_sign "$zone"; done
  names_configuration >"$names_files/named.conf"
  names_teach_delv
  printf '%s\n' ". 3600 NS ns.test." "ns.test. 3600 A $peer" >"$names_files/hints"
  printf 'nameserver %s\n' "$names_server" >"/proc/$names_machine/root/etc/resolv.conf"
  outside named -g -c /srv/lab/named.conf >>"$names_folder.log" 2>&1 &
  for zone in "${names_zones[@]}"; do names_await "$zone"; done
}

outside() { machine_run "$names_machine" "$@"; }

names_set() {
  local name=$1 kind=$2 zone value
  shift 2
  zone=$(names_zone "$name")
  sed -i "/^$name\. $kind /d" "$names_files/records/$zone"
  for value; do printf '%s\n' "$name. $kind $value" >>"$names_files/records/$zone"; done
  names_sign "$zone"
  kill -HUP "$(cat "$names_files/named.pid")" # it reads its zones anew
  names_await "$zone"
  # The resolver may hold what was said before for a second or two; of what is wrongly signed it says nothing.
  for _ in {1..30}; do
    [ "$(outside dig +short +time=1 +tries=1 @127.0.0.1 -p "$names_port" "$name" "$kind" | sort)" != "$(printf '%s\n' "$@" | sort)" ] || break
    sleep 0.1
  done
}

# The zone that a name lies in.
names_zone() {
  local zone
  for zone in "${names_zones[@]}"; do
    case $1 in "$zone" | *".$zone") echo "$zone" && return ;; esac
  done
  echo root
}

names_origin() { if [ "$1" = root ]; then echo .; else echo "$1."; fi; }

names_sign() {
  local zone=$1
  names_serial=$((names_serial + 1))
  {
    printf '$ORIGIN %s\n$TTL 1\n' "$(names_origin "$zone")"
    printf '%s\n' "@ SOA ns.test. root.test. $names_serial 3600 600 86400 1" "@ NS ns.test."
    cat "$names_files/records/$zone"
  } >"$names_files/$zone"
  echo "$names_serial" >"$names_files/$zone.serial"
  if [ "$zone" = plain.test ]; then
    cp "$names_files/$zone" "$names_files/$zone.signed"
    return
  fi
  # One key for all of a zone; -g takes in what signing the zones below it has left.
  outside env -C /srv/lab dnssec-signzone -q -S -z -g -K keys -d . -o "$(names_origin "$zone")" -f "$zone.signed" "$zone" \
    >>"$names_folder.log" 2>&1
  # What was signed is not what is said.
  [ "$zone" != broken.test ] || sed -i 's/\b192\.0\.2\.1\b/192.0.2.2/' "$names_files/$zone.signed"
}

# Until what was written last is what is answered.
names_await() {
  local origin wanted deadline=$((SECONDS + 20))
  origin=$(names_origin "$1") wanted=$(cat "$names_files/$1.serial")
  until [ "$(outside dig +short +time=1 +tries=1 "@$names_server" "$origin" SOA | cut -d' ' -f3)" = "$wanted" ]; do
    [ $SECONDS -le $deadline ] || { tail -n 20 "$names_folder.log" >&2; return 1; }
    sleep 0.1
  done
}

names_configuration() {
  local zone
  cat <<END
options {
  directory "/srv/lab"; pid-file "/srv/lab/named.pid"; session-keyfile none; managed-keys-directory "/tmp";
  listen-on { $names_server; }; listen-on port $names_port { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
view resolver {
  match-destinations { 127.0.0.1; };
  recursion yes; allow-recursion { any; }; max-cache-ttl 0; max-ncache-ttl 0; synth-from-dnssec no;
  dnssec-validation yes; trust-anchors { $(names_anchor) };
  zone "." { type hint; file "hints"; };
};
view world {
  match-destinations { $names_server; };
  recursion no; dnssec-validation no;
END
  for zone in "${names_zones[@]}"; do
    echo "  zone \"$(names_origin "$zone")\" { type primary; file \"$zone.signed\"; };"
  done
  echo '};'
}

# The root's key, as named and delv take it.
names_anchor() {
  sed -n 's/^\. .*DNSKEY \([0-9]*\) \([0-9]*\) \([0-9]*\) \(.*\)$/. static-key \1 \2 \3 "\4";/p' "$names_files"/keys/K.+*.key
}

# delv knows the real root's key alone, and reads no file that it is not told of.
names_teach_delv() {
  local root=/proc/$names_machine/root
  printf 'trust-anchors { %s };\n' "$(names_anchor)" >"$names_files/delv.keys"
  mv "$root/usr/bin/delv" "$root/usr/bin/delv.real"
  printf '#!/bin/sh\nexec /usr/bin/delv.real -a /srv/lab/delv.keys "$@"\n' >"$root/usr/bin/delv"
  chmod 755 "$root/usr/bin/delv"
}

names_stop() {
  [ -n "${names_machine-}" ] || return 0
  kill "$(cat "$names_files/named.pid" 2>/dev/null)" "$names_machine" 2>/dev/null || :
}
