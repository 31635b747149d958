# Boxes: each has its own root (an overlay over the image), network, cgroups, keys.

box_password=hunter2-lab

# Sets the variables of a box: its folders and, if it runs, the process id of its init.
box() {
  name=${1-}
  [ -n "$name" ] || die "which box? There are: $(ls "$state" 2>/dev/null | tr '\n' ' ')"
  run=$state/$name disk=$cache/boxes/$name
  [ -e "$run/facts" ] || die "there is no box '$name'"
  . "$run/facts"
  pid=$(cat "$run/pid" 2>/dev/null || :)
}

running() {
  box "$1"
  [ -n "$pid" ] && [ -d "/proc/$pid" ] || die "box '$name' is not running; lab start $name"
}

lab_boot() {
  local plain= volume= owner=${LAB_OWNER-} arguments=()
  while [ $# -gt 0 ]; do
    case $1 in
      --plain) plain=1 ;;
      --volume) volume=1 ;;
      --owner) owner=$2; shift ;;
      -*) die "unknown option $1" ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  name=${arguments[0]-} release=${arguments[1]-}
  [[ $name =~ ^[a-z][a-z0-9-]{0,10}$ ]] || die "a box's name is 1 to 11 of a-z, 0-9, -"
  prepare
  image=$(lab_image "$release")
  run=$state/$name disk=$cache/boxes/$name
  mkdir "$run" 2>/dev/null || die "there is a box '$name' already; lab stop $name"
  trap 'trap - EXIT; destroy "$name"; exit 130' INT TERM HUP
  trap 'destroy "$name"' EXIT
  [ -z "$owner" ] || echo "$owner $(birth "$owner")" >"$run/owner"
  allocate_network
  rm -rf "$disk"
  [ -z "$volume" ] || make_volume
  make_root
  dress_root "$plain"
  power_on
  trap - EXIT INT TERM HUP
  cat "$run/facts"
  echo "pid=$pid"
}

allocate_network() {
  (
    flock 9
    local n
    for n in {1..250}; do
      grep -qs "^ip=10\.213\.$n\." "$state"/*/facts && continue
      [ -z "$(ip -o address show to "10.213.$n.0/24")" ] || continue
      cat >"$run/facts" <<END
name=$name
release=$release
ip=10.213.$n.2
peer=10.213.$n.1
ip6=fd13:d0::$n:2
peer6=fd13:d0::$n:1
key=$run/key
root=$disk/root
image=$image
END
      exit 0
    done
    die "all 250 networks are in use"
  ) 9>"$state/.lock"
}

# A file system of the box's own, which can lose what was not yet written to it.
make_volume() {
  mkdir -p "$disk"
  truncate -s 8G "$disk.volume"
  mkfs.ext4 -q "$disk.volume"
  mount_volume
}

mount_volume() { mount -o loop "$disk.volume" "$disk"; }

# Shuts the volume down as a power cut does: whatever ext4 has not written by now is never written.
cut_volume() {
  # EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, of the kernel's fs/ext4/ext4.h
  perl -e 'my $flags = pack "L", 2; open my $volume, "<", $ARGV[0] or die $!; ioctl $volume, 0x8004587d, $flags or die $!' "$disk" ||
    die "the volume of '$name' could not be shut down"
}

# Mounts what had been written. It is a copy: the old one stays as shut as it is while any process elsewhere has it in its
# namespace.
recover_volume() {
  cp --sparse=always "$disk.volume" "$disk.recovered"
  unmount_root
  umount "$disk"
  mv "$disk.recovered" "$disk.volume"
  mount_volume
  mount_root
}

make_root() {
  mkdir -p "$disk"/{root,upper,work}
  chmod 755 "$disk/upper"
  mount_root || {
    say "no overlay on $disk: copying the image"
    rmdir "$disk"/{upper,work} 2>/dev/null || rm -rf "$disk"/{upper,work}
    cp -a "$image/root/." "$disk/root/"
  }
}

mount_root() {
  local saved=
  [ ! -d "$disk/saved" ] || saved=$disk/saved:
  mount -t overlay -o "lowerdir=$saved$image/root,upperdir=$disk/upper,workdir=$disk/work" harden-lab "$disk/root" 2>/dev/null
}

# As a provider hands over a server: root by key and by password, the latter through cloud-init's drop-in.
dress_root() {
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$run/key"
  install -d -m 700 "$disk/root/root/.ssh"
  install -m 600 "$run/key.pub" "$disk/root/root/.ssh/authorized_keys"
  [ -z "$1" ] || return 0
  echo "root:$box_password" | chroot "$disk/root" chpasswd
  echo 'PasswordAuthentication yes' >"$disk/root/etc/ssh/sshd_config.d/50-cloud-init.conf"
  chmod 600 "$disk/root/etc/ssh/sshd_config.d/50-cloud-init.conf"
  sed -i 's/^#PermitRootLogin .*/PermitRootLogin yes/' "$disk/root/etc/ssh/sshd_config"
}

# Starts the supervisor of the box in cgroups of its own, and waits until the box is up.
power_on() {
  rm -f "$run"/{halt,pid,ended}
  (
    for group in $(cgroups); do
      mkdir -p "$group"
      echo "$BASHPID" >"$group/cgroup.procs"
    done
    exec setsid "$here/lab.d/supervise" "$run" "$image" "$disk/root"
  ) </dev/null >"$run/console" 2>&1 &
  wait_up ''
}

cgroups() {
  if [ -d /sys/fs/cgroup/unified ]; then
    echo "/sys/fs/cgroup/systemd/harden-lab-$name" "/sys/fs/cgroup/unified/harden-lab-$name"
  else
    echo "/sys/fs/cgroup/harden-lab-$name"
  fi
}

# Waits for an init other than the given one, then until it has started everything and sshd listens.
wait_up() {
  local old=$1 deadline=$((SECONDS + 60)) seen=
  until
    pid=$(cat "$run/pid" 2>/dev/null) && [ "$pid" != "$old" ] &&
      seen=$(enter systemctl is-system-running 2>/dev/null || :) && [[ $seen == running || $seen == degraded ]]
  do
    if [ $SECONDS -gt $deadline ] || [ -e "$run/ended" ]; then
      tail -n 20 "$run/console" >&2
      die "box '$name' did not come up (state: ${seen:-none})"
    fi
    sleep 0.1
  done
  # With a socket unit or a service: somebody must listen for SSH, or nothing can be tested from outside.
  until [ -n "$(nsenter -t "$pid" -n ss -Hltn '( sport = :22 )')" ] || [ $SECONDS -gt $deadline ]; do sleep 0.1; done
}

enter() {
  nsenter -t "$pid" -m -u -i -n -p /usr/bin/env -i -C /root HOME=/root USER=root LOGNAME=root TERM="${TERM:-dumb}" LC_ALL=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

lab_exec() {
  running "${1-}"
  shift
  enter "$@"
}

lab_put() {
  running "${1-}"
  [ $# = 3 ] || die "put wants NAME FILE PATH"
  enter sh -c 'cat >"$1" && chmod "$2" "$1"' put "$3" "$(stat -c %a "$2")" <"$2"
}

# Signals the box's init and waits for its end; kills what does not end.
power_off() {
  local deadline=$((SECONDS + $2))
  [ -n "$pid" ] && [ -d "/proc/$pid" ] || return 0
  kill -s "$1" "$pid" 2>/dev/null || :
  while [ -d "/proc/$pid" ] && [ $SECONDS -le $deadline ]; do sleep 0.05; done
  kill -s KILL "$pid" 2>/dev/null || :
  while [ -d "/proc/$pid" ]; do sleep 0.05; done
}

wait_supervisor() {
  local supervisor began
  read -r supervisor began 2>/dev/null <"$run/supervisor" || return 0
  while lives "$supervisor" "$began"; do sleep 0.05; done
}

lab_reboot() {
  running "${1-}"
  kill -s RTMIN+5 "$pid"
  wait_up "$pid"
}

lab_kill() {
  running "${1-}"
  touch "$run/halt"
  [ ! -e "$disk.volume" ] || cut_volume
  power_off KILL 5
  wait_supervisor
  [ ! -e "$disk.volume" ] || recover_volume
}

lab_start() {
  box "${1-}"
  [ -z "$pid" ] || [ ! -d "/proc/$pid" ] || die "box '$name' is running"
  wait_supervisor
  power_on
}

# What is on the disk becomes a layer of its own, below a fresh one that lab_restore throws away.
lab_save() {
  running "${1-}"
  [ ! -e "$disk/saved" ] || die "box '$name' is saved already"
  shut_down
  if unmount_root; then
    mv "$disk/upper" "$disk/saved"
    fresh_layer
  else
    cp -a "$disk/root" "$disk/saved"
  fi
  power_on
}

lab_restore() {
  box "${1-}"
  [ -e "$disk/saved" ] || die "box '$name' was never saved"
  touch "$run/halt"
  power_off KILL 5
  wait_supervisor
  if unmount_root; then
    rm -rf "$disk/upper" "$disk/work"
    fresh_layer
  else
    rm -rf "$disk/root"
    cp -a "$disk/saved" "$disk/root"
  fi
  power_on
}

shut_down() {
  touch "$run/halt"
  power_off RTMIN+4 10
  wait_supervisor
}

# Fails where the disk is a copy of the image, not a layer over it. A layer that a process elsewhere still looks into (find,
# say) is waited for: what is done to a copy would be done to the layer, which is still there.
unmount_root() {
  local deadline=$((SECONDS + 10))
  mountpoint -q "$disk/root" || return
  until umount "$disk/root" 2>/dev/null; do
    [ $SECONDS -le $deadline ] || die "the disk of '$name' stays in use"
    sleep 0.1
  done
}

fresh_layer() {
  mkdir -p "$disk"/{upper,work}
  chmod 755 "$disk/upper"
  mount_root
}

lab_stop() {
  box "${1-}"
  destroy "$name"
}

# Ends a box and takes away every trace of it, however far it had come.
destroy() {
  name=$1 run=$state/$1 disk=$cache/boxes/$1
  touch "$run/halt" 2>/dev/null || :
  pid=$(cat "$run/pid" 2>/dev/null || :)
  power_off RTMIN+4 10
  local supervisor began group
  if read -r supervisor began 2>/dev/null <"$run/supervisor" && lives "$supervisor" "$began"; then
    kill "$supervisor" 2>/dev/null || :
  fi
  wait_supervisor
  for group in $(cgroups); do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :
  done
  while mountpoint -q "$disk/root"; do umount "$disk/root" || umount -l "$disk/root"; done
  while mountpoint -q "$disk"; do umount "$disk" || umount -l "$disk"; done
  rm -rf "$disk" "$disk.volume" "$run"
}

lab_list() {
  local folder
  for folder in "$state"/*/; do
    [ -e "$folder/facts" ] || continue
    box "$(basename "$folder")"
    if [ -n "$pid" ] && [ -d "/proc/$pid" ]; then echo "$name	$(release_name "$release")	$ip	running"; else echo "$name	$(release_name "$release")	$ip	off"; fi
  done
}

lab_gc() {
  prepare
  exec 7>"$state/.gc"
  flock 7
  local folder owner began
  for folder in "$state"/*/; do
    [ -e "$folder/owner" ] || continue
    read -r owner began <"$folder/owner"
    lives "$owner" "$began" || destroy "$(basename "$folder")"
  done
  for folder in "$cache"/boxes/*/; do
    name=$(basename "$folder")
    [ ! -d "$folder" ] || [ -d "$state/$name" ] || destroy "$name"
  done
  # Images, and trees of scripts/toolchain, that nothing used for a month: a boot and a build touch what they use. The
  # hash after "swift-" has twelve digits; swift-home and the lock stay.
  find "$cache" -maxdepth 1 \( -name 'debian-*-*' -o -name 'ubuntu-*-*' -o -name 'swift-????????????' -o -name 'build.*' \) -mtime +30 \
    -exec rm -rf {} +
}
