# The whole host as sorted text: what two snapshots do not differ in did not change.

# What changes by itself: of these only type, mode and owner are told, not size and contents …
moving='^/var/log/|^/var/cache/apt/[a-z]*\.bin |^/var/lib/(systemd/(timers/|random-seed)|lastlog/|wtmpdb/|logrotate/status|sudo/|private/)'
# … and of these nothing.
passing='^/var/(log/journal/[0-9a-f]*/|log/apt/eipp|lib/systemd/timers/|tmp/systemd-private-|lib/sudo/(ts|lectured)/)'

lab_snapshot() {
  running "${1-}"
  if [ $# -gt 1 ]; then snapshot >"$2"; else snapshot; fi
}

snapshot() {
  local tree=/proc/$pid/root folders
  folders=(etc var home srv root usr/local)
  (
    cd "$tree"
    export LC_ALL=C
    echo "# paths: type mode owner:group size -> link target"
    find "${folders[@]}" \( -type d -printf '/%p %y %#m %U:%G\n' -o -printf '/%p %y %#m %U:%G %s -> %l\n' \) |
      sed -E "\\#$passing#d; \\#$moving#s/ [0-9]+ -> / /" | sort
    echo "# contents"
    find "${folders[@]}" -type f -print0 | sort -z | xargs -0 sha256sum |
      sed -E 's/^(\\?[0-9a-f]*)  (.*)/\/\2 \1/' | grep -vE "$moving|$passing"
    echo "# extended attributes and ACLs"
    { getfattr -R -P -h -d -m - -e hex "${folders[@]}" 2>/dev/null || :; } | sort_records
    echo "# flags"
    { lsattr -R -a "${folders[@]}" 2>/dev/null || :; } | awk 'NF == 2 && $1 ~ /[ia]/ && $1 ~ /^[-a-zA-Z]+$/ { print "/" $2, $1 }' | sort
  )
  echo "# accounts"
  (cd "$tree/etc" && sed 's/^/passwd /' passwd && sed 's/^/group /' group && sed 's/^/shadow /' shadow && sed 's/^/gshadow /' gshadow) | sort
  echo "# units"
  enter systemctl list-unit-files --no-legend --no-pager | awk '{ print $1, $2 }' | sort
  echo "# active units"
  # Not those that come and go with a login, nor names that are merely mentioned.
  enter systemctl list-units --all --plain --no-legend --no-pager --type=service,socket,timer,path |
    awk '$2 == "loaded" && $1 !~ /^user/ { print $1, $3, $4 }' | sort
  echo "# packages"
  enter dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\n' | sort
  echo "# listeners"
  nsenter -t "$pid" -n ss -Hltun | awk '{ print $1, $5 }' | sort
  echo "# packet filter"
  nsenter -t "$pid" -n iptables-save | without_counters
  nsenter -t "$pid" -n ip6tables-save | without_counters
  nsenter -t "$pid" -n nft list ruleset 2>/dev/null | sed 's/counter packets [0-9]* bytes [0-9]*/counter/'
  echo "# network settings"
  { enter sysctl -a --pattern '^net\.' 2>/dev/null || :; } | grep -v -E 'conntrack_count|nf_conntrack_buckets|\.dad_|base_reachable|stable_secret|fastopen_key' | sort
}

# Joins each "# file: …" of getfattr with its values, so that records can be sorted.
sort_records() {
  awk '/^# file: / { name = "/" substr($0, 9); next } NF { print name, $0 }' | sort
}

without_counters() { sed '/^#/d; s/\[[0-9]*:[0-9]*\]//'; }
