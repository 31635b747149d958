# For container tests: a visitor with a browser. After machine.sh; lab_visitor builds what it needs, once.
#
#   visitor_start "$work" NAMESERVER ROOT.PEM   its browser trusts this authority
#   visitor_run FILE.py WORD…                   with browser.py beside it; what it leaves is in $visitor_files
#   visitor_stop

visitor_start() {
  local tree
  tree=$("$LAB" visitor)
  machine_start "$1/visitor" "$tree/root"
  visitor_machine=$machine visitor_files=/proc/$machine/root/srv/lab
  rm -f "/proc/$machine/root/etc/resolv.conf"
  printf 'nameserver %s\n' "$2" >"/proc/$machine/root/etc/resolv.conf"
  cp "$LAB.d/browser.py" "$visitor_files/browser.py"
  cp "$3" "$visitor_files/root.pem"
  # The store that chromium reads for the user who runs it.
  machine_run "$visitor_machine" sh -euc 'mkdir -p /root/.pki/nssdb
    certutil -d sql:/root/.pki/nssdb -N --empty-password
    certutil -d sql:/root/.pki/nssdb -A -t C,, -n lab -i /srv/lab/root.pem'
}

visitor_run() {
  cp "$1" "$visitor_files/visit.py"
  machine_run "$visitor_machine" env -C /srv/lab python3 visit.py "${@:2}"
}

visitor_stop() { [ -z "${visitor_machine-}" ] || kill "$visitor_machine" 2>/dev/null || :; }
