# Images: one debootstrapped tree and one offline package repository a release, under the cache.

base_packages=(
  systemd systemd-sysv dbus libpam-systemd openssh-server sudo cron ca-certificates
  iproute2 iputils-ping procps kmod netbase tzdata e2fsprogs
)

# What harden or a test may install. With everything these need, they are all that apt in a box can see.
offline_packages=(
  ufw nftables iptables fail2ban
  apache2 libapache2-mod-wsgi-py3 certbot pebble
  python3-venv python3-pip python3-django gunicorn git curl sqlite3 gettext
  unattended-upgrades apt-listchanges needrestart debsums libpam-pwquality libpam-tmpdir
  bind9 bind9-dnsutils testssl.sh lynis
  acl attr rsync strace rsyslog systemd-timesyncd postfix bsd-mailx cloud-init nginx-light
)

suite_of() {
  case ${1-} in
    12) echo bookworm ;;
    13) echo trixie ;;
    *) die "release '${1-}' is neither 12 nor 13" ;;
  esac
}

# An image is named by what it is made from: this file.
image_of() {
  suite_of "$1" >/dev/null
  echo "$cache/debian-$1-$(sha256sum <"$here/lab.d/image.sh" | cut -c1-12)"
}

lab_image() {
  prepare
  local image
  image=$(image_of "${1-}")
  (
    flock 9
    [ -d "$image" ] || build_image "$1" "$image"
  ) 9>"$cache/debian-$1.lock"
  touch "$image"
  echo "$image"
}

# The machine's own mirror where it has one of Debian (label Debian or Debian-Security): it is known to work here.
mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 2>/dev/null | sed -n "s/^Debian|$1|//p" | sort -u | head -n 1
}

build_image() {
  local release=$1 image=$2 suite work started=$SECONDS
  suite=$(suite_of "$release")
  work=$(mktemp -d "$cache/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
  say "building the Debian $release image, once (some minutes) …"
  {
    bootstrap "$suite" "$work/root"
    collect_packages "$suite" "$work"
    finish_root "$work/root"
  } >"$cache/debian-$release.log" 2>&1 </dev/null || {
    tail -n 20 "$cache/debian-$release.log" >&2
    die "could not build the image; the whole log: $cache/debian-$release.log"
  }
  mv "$work" "$image"
  chmod 755 "$image"
  trap - EXIT INT TERM
  say "built in $((SECONDS - started)) s: $(du -sh "$image/root" | cut -f1) root, $(du -sh "$image/repo" | cut -f1) of packages"
}

# Runs a command in the tree, with the machine's network and apt settings (a proxy, say).
inside() {
  local root=$1
  shift
  systemd-nspawn -q --register=no --keep-unit --as-pid2 --pipe --resolv-conf=copy-host -D "$root" \
    --setenv=DEBIAN_FRONTEND=noninteractive --setenv=APT_CONFIG=/apt-build.conf "${nspawn_options[@]}" "$@"
}

bootstrap() {
  local suite=$1 root=$2 packages main security
  packages=$(IFS=,; echo "${base_packages[*]}")
  apt-get -q update # knows the mirror, and that it answers
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
  nspawn_options=()
  inside "$root" apt-get -q update
  inside "$root" apt-get -qy dist-upgrade
}

# Fetches every wanted package with all that apt would bring along for it alone, and the base packages once more.
collect_packages() {
  local suite=$1 work=$2 root=$2/root
  mkdir -p "$work/repo/partial" "$root/opt/packages"
  nspawn_options=(--bind="$work/repo:/opt/packages")
  inside "$root" sh -euc '
    fetch() { apt-get -qy -o Dir::Cache::archives=/opt/packages --download-only --reinstall install "$@"; }
    fetch $(dpkg-query -W -f "\${Package} ")
    for package; do fetch "$package"; done' fetch "${offline_packages[@]}"
  rm -rf "$work/repo/partial" "$work/repo/lock"
  (
    cd "$work/repo"
    apt-ftparchive packages . >Packages
    # As Debian's own, so that what judges packages by their origin (unattended-upgrades) finds them at home.
    apt-ftparchive -o APT::FTPArchive::Release::Origin=Debian -o APT::FTPArchive::Release::Label=Debian \
      -o APT::FTPArchive::Release::Codename="$suite" -o APT::FTPArchive::Release::Suite=stable release . >Release.new
    mv Release.new Release
  )
  echo 'deb [trusted=yes] file:/opt/packages ./' >"$root/etc/apt/sources.list"
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
  nspawn_options=(--bind-ro="$work/repo:/opt/packages" --private-network)
  inside "$root" apt-get -q update
  inside "$root" sh -euc 'for package; do apt-get -qs install "$package" >/dev/null || { echo "not installable: $package"; exit 1; }; done' \
    check "${offline_packages[@]}"
}

# What debootstrap leaves of this machine, or leaves out.
finish_root() {
  local root=$1
  echo box >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 box\n::1 localhost ip6-localhost ip6-loopback\n' >"$root/etc/hosts"
  : >"$root/etc/machine-id"
  rm -f "$root/etc/resolv.conf" "$root/usr/sbin/policy-rc.d" "$root/apt-build.conf" "$root"/var/log/*.log "$root"/var/log/apt/*
}
