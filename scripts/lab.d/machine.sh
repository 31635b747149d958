# For container tests: machines outside of the box that are no boxes themselves, but what a visitor or a name server has
# at hand. They share this machine's network and nothing else.
#
#   machine_start "$work/visitor" TREE [REPOSITORY PACKAGE…]   sets $machine, a process id; packages of the repository
#   machine_run "$machine" CMD…                                 a command on it
#   /proc/$machine/root                                         its files
#
# It ends with: kill "$machine"

machine_start() {
  mkdir -p "$1"
  unshare --mount --propagation private "$LAB.d/outside-machine" "$2" "$1" "${@:3}" >"$1.log" 2>&1 </dev/null &
  machine=$!
  until [ -e "/proc/$machine/root/srv/lab/ready" ]; do
    [ -d "/proc/$machine" ] || { cat "$1.log" >&2; return 1; }
    sleep 0.1
  done
}

machine_run() {
  nsenter -t "$1" --mount --root --wd /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${@:2}"
}
