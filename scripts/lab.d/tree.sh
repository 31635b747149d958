# Trees of Debian and Ubuntu: bootstrapped from the machine's own mirror, entered without booting.

# The machine's own mirror where it has one of this label (Debian, Debian-Security or Ubuntu): it is known to work here.
mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 2>/dev/null | sed -n "s/^${1%-*}|$1|//p" | sort -u | head -n 1
}

# Whose a suite is.
distribution() { case $1 in jammy | noble) echo Ubuntu ;; *) echo Debian ;; esac; }

# Runs a command in a tree, with the machine's network and apt settings (a proxy, say). Ubuntu's resolv.conf may be a
# link to what systemd-resolved makes, which does not run in there.
nspawn_options=()
inside() {
  local root=$1
  shift
  systemd-nspawn -q --register=no --keep-unit --as-pid2 --pipe --resolv-conf=replace-host -D "$root" \
    --setenv=DEBIAN_FRONTEND=noninteractive --setenv=APT_CONFIG=/apt-build.conf "${nspawn_options[@]}" "$@"
}

# A minimal tree of a suite with the given packages and all updates there are. Ubuntu's needs its keyring, a file: $keyring.
bootstrap() {
  local suite=$1 root=$2 of packages main security components=main options=() script=()
  packages=$(IFS=,; echo "${*:3}")
  of=$(distribution "$suite")
  if [ "$of" = Ubuntu ]; then
    components=main,universe
    options=(--keyring="$keyring")
    script=(gutsy) # that of all of Ubuntu's suites, by whose names an older debootstrap does not know it
  fi
  flock "$cache/.apt" apt-get -q update # brings to light which mirror this machine has, and that it answers
  main=$(mirror "$of")
  debootstrap --variant=minbase --include="$packages" --components="$components" "${options[@]}" \
    "$suite" "$root" "$main" "${script[@]}"
  [ -n "$main" ] || main=$(sed -n 's/^deb \([^ ]*\) .*/\1/p' "$root/etc/apt/sources.list" | head -n 1)
  main=${main%/}
  security=$main
  [ "$of" = Ubuntu ] || security=$(mirror Debian-Security)
  printf "deb %s ${components//,/ }\n" "$main $suite" "$main $suite-updates" "${security:-$main-security} $suite-security" \
    >"$root/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::(http|https|Check-)' >"$root/apt-build.conf" || :
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  inside "$root" apt-get -q update
  inside "$root" apt-get -qy dist-upgrade
}
