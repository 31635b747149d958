# Shared by everything in scripts/: where things are kept, how to fail, how to get a missing tool.

cache=${HARDEN_CACHE:-/var/cache/harden-lab} # images and disks of boxes: outside of any checkout, survives a reboot
state=/run/harden-lab                        # one folder a running box: gone after a reboot, as the boxes are

# How scripts/check has the code built and tested.
strict_build=(--explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors)

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# A release by its whole name: Debian 12, Ubuntu 24.04.
release_name() { case $1 in *.*) echo "Ubuntu $1" ;; *) echo "Debian $1" ;; esac; }

say() { printf '%s\n' "$*" >&2; }

# When a process began, in the kernel's ticks: with it a process id is not mistaken for a later one.
birth() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# Whether the process with this id and birth is still there.
lives() { [ -n "$2" ] && [ "$(birth "$1")" = "$2" ]; }

# Installs those of the named packages that are missing. One process at a time: apt itself does not wait for its lists.
need() {
  local package missing=()
  for package; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "needs ${missing[*]}; as root: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  with_apt sh -euc 'apt-get -q update
    DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"' need "${missing[@]}"
}

# Runs a command while nothing else of ours uses the machine's apt; its words are shown only if it fails.
with_apt() {
  local log
  mkdir -p "$cache"
  log=$(mktemp "$cache/apt.XXXXXX")
  flock "$cache/.apt" "$@" </dev/null >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "this failed: $*"
  }
  rm -f "$log"
}

# What keeps a box from booting on this machine; nothing if one can.
lab_obstacle() {
  [ "$(uname -s)" = Linux ] || { echo "this is not Linux"; return; }
  [ "$(id -u)" = 0 ] || { echo "only root can boot a container"; return; }
  command -v apt-get >/dev/null || { echo "this is not Debian or Ubuntu: no apt-get"; return; }
  unshare --mount --pid --net --uts --ipc --fork true 2>/dev/null ||
    { echo "the kernel does not let this process make namespaces (a container without privileges?)"; return; }
  [ -d /sys/fs/cgroup/unified ] || [ -e /sys/fs/cgroup/cgroup.controllers ] || { echo "there is no cgroup tree under /sys/fs/cgroup"; return; }
  [ -w /sys/fs/cgroup ] || echo "/sys/fs/cgroup cannot be written"
}

lab_can() {
  local why
  why=$(lab_obstacle)
  [ -z "$why" ] || die "no box can boot here: $why"
}

prepare() {
  lab_can
  need debootstrap systemd-container iproute2 apt-utils openssh-client nftables iptables attr e2fsprogs procps util-linux
  mkdir -p "$cache" "$state"
}
