# Debian trees: bootstrapped from the machine's own mirror, entered without booting.

# The machine's own mirror where it has one of Debian (label Debian or Debian-Security): it is known to work here.
mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 2>/dev/null | sed -n "s/^Debian|$1|//p" | sort -u | head -n 1
}

# Runs a command in a tree, with the machine's network and apt settings (a proxy, say).
nspawn_options=()
inside() {
  local root=$1
  shift
  systemd-nspawn -q --register=no --keep-unit --as-pid2 --pipe --resolv-conf=copy-host -D "$root" \
    --setenv=DEBIAN_FRONTEND=noninteractive --setenv=APT_CONFIG=/apt-build.conf "${nspawn_options[@]}" "$@"
}

# A minimal tree of a suite with the given packages and all updates there are.
bootstrap() {
  local suite=$1 root=$2 packages main security
  packages=$(IFS=,; echo "${*:3}")
  flock "$cache/.apt" apt-get -q update # brings to light which mirror this machine has, and that it answers
  main=$(mirror Debian)
  security=$(mirror Debian-Security)
  debootstrap --variant=minbase --include="$packages" "$suite" "$root" ${main:+"$main"}
  [ -n "$main" ] || main=$(sed -n 's/^deb \([^ ]*\) .*/\1/p' "$root/etc/apt/sources.list" | head -n 1)
  main=${main%/}
  printf 'deb %s\n' "$main $suite main" "$main $suite-updates main" "${security:-$main-security} $suite-security main" \
    >"$root/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::(http|https|Check-)' >"$root/apt-build.conf" || :
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  inside "$root" apt-get -q update
  inside "$root" apt-get -qy dist-upgrade
}
