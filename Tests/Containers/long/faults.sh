#!/bin/bash
# What can fail below an apply fails: a full or read-only disk, an immutable file, a lock that is held, signals, system
# calls, a program that is missing, hangs, or never stops talking. Each ends with its exit code and an error that says what to
# do, and the next apply ends converged.
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

started=$SECONDS faults=0
apply=(harden apply vps --set "administrators=deploy $(cat "$work/key.pub")" --yes --no-confirm)

inbox sh -c 'apt-get -q update && apt-get -qy install strace' >"$work/apt" 2>&1
inbox "${apply[@]}" >"$work/first" 2>&1 </dev/null || { tail -n 40 "$work/first"; exit 1; }
check "all of it is taken back" inbox harden undo --yes
inbox rm -rf /var/lib/harden
"$LAB" snapshot "$box" "$work/before"
echo "# ready after $((SECONDS - started)) s"

# Of the host as it was, without the journal.
settled() {
  sed -E '/^\/var\/lib\/harden[ /]/d; /^(session|user|run)-/d' "$1"
}
as_before() {
  "$LAB" snapshot "$box" "$work/now"
  equal "$1" "" "$(diff <(settled "$work/before") <(settled "$work/now") | head -20)"
}
# meets NAME CODE WORDS FIX: an apply meets the fault and ends with this exit code; it says what is wrong and what to do.
meets() {
  local code=0
  faults=$((faults + 1))
  inbox timeout 120 "${apply[@]}" >"$work/said" 2>&1 </dev/null || code=$?
  equal "$1: exit code" "$2" "$code"
  says "$1" "$3" "$4"
}
says() {
  echo "# $1 said:"; tail -n 15 "$work/said"
  # From the error on: the plan before it is long.
  sed -n '/^error:/,$p' "$work/said" | tr -s ' \n' ' ' >"$work/error"
  contains "$1: it says what is wrong" "$2" "$(cat "$work/error")"
  contains "$1: and what to do" "$3" "$(cat "$work/error")"
}
# Once the fault is gone.
recovers() {
  local code=0
  inbox "${apply[@]}" >"$work/next" 2>&1 </dev/null || code=$?
  equal "$1: the next apply ends well" 0 "$code"
  [ $code = 0 ] || tail -n 20 "$work/next"
  exits "$1: and the host is as declared" 0 inbox harden verify
}
undone() {
  check "$1: undo ends well" inbox harden undo 1 --yes
  as_before "$1: the host is as before"
  inbox rm -rf /var/lib/harden
}

echo "# no room for the journal: from the start, and from the middle on"
inbox sh -c 'mkdir -m 700 /var/lib/harden && mount -t tmpfs -o size=16k,mode=700 full /var/lib/harden'
meets "no room for the journal" 1 "error: No space" "df -h /var/lib/harden"
as_before "no room for the journal: nothing was touched"
inbox sh -c 'umount /var/lib/harden; mount -t tmpfs -o size=120M,mode=700 full /var/lib/harden'
inbox sh -c 'until [ "$(grep -c "\"kind\":\"done\"" /var/lib/harden/runs/0001/journal 2>/dev/null)" -ge 5 ] 2>/dev/null; do sleep 0.02; done
  cat /dev/zero >/var/lib/harden/fill 2>/dev/null' &
filler=$!
meets "the disk runs full" 1 "no space is left" "df -h"
wait $filler || :
inbox rm /var/lib/harden/fill
recovers "the disk runs full"
check "the disk runs full: undo ends well" inbox harden undo 1 --yes
as_before "the disk runs full: the host is as before"
inbox umount /var/lib/harden
inbox rm -rf /var/lib/harden

echo "# no room for a file"
inbox sh -c 'cp -a /etc/ssh/sshd_config.d /root/was; mount -t tmpfs -o size=4k,mode=755 full /etc/ssh/sshd_config.d
  cp -a /root/was/. /etc/ssh/sshd_config.d/; rm -r /root/was; head -c 1M /dev/zero >/etc/ssh/sshd_config.d/.fill 2>/dev/null || :'
meets "no room for a file" 1 "no space is left" "df -h"
equal "no room for a file: nothing of it is left behind" "" "$(inbox sh -c 'ls -A /etc/ssh/sshd_config.d | grep harden || :')"
check "no room for a file: sshd still reads what there is" inbox sshd -t
inbox umount /etc/ssh/sshd_config.d
recovers "no room for a file"
undone "no room for a file"

echo "# /etc is read-only"
inbox sh -c 'mount --bind /etc /etc && mount -o remount,ro,bind /etc'
meets "read-only" 1 "read-only" "findmnt"
inbox umount /etc
as_before "read-only: nothing was touched"

echo "# a file that even root cannot change"
inbox sh -c 'echo "# mine" >/etc/sysctl.d/zz-harden.conf; chattr +i /etc/sysctl.d/zz-harden.conf'
if inbox sh -c 'lsattr /etc/sysctl.d/zz-harden.conf | grep -q -- -i-'; then
  meets "immutable" 1 "/etc/sysctl.d/zz-harden.conf" "chattr -i"
  inbox chattr -i /etc/sysctl.d/zz-harden.conf
else
  failed "this file system takes chattr +i"
fi
inbox rm -f /etc/sysctl.d/zz-harden.conf
recovers "immutable"
undone "immutable"

echo "# two at once"
inbox sh -c '"$@" >/root/said 2>&1 </dev/null & echo $! >/run/first; wait $!; echo $? >/run/ended' first "${apply[@]}" &
first=$!
until inbox test -e /var/lib/harden/runs/0001/journal; do sleep 0.1; done
meets "two at once" 1 "Another run is at work" "ps -fp"
contains "two at once: it names the other" "$(inbox cat /run/first)" "$(cat "$work/said")"
wait $first
equal "two at once: the first is not disturbed" 0 "$(inbox cat /run/ended)"
inbox rm /root/said
exits "two at once: the host is as declared" 0 inbox harden verify
undone "two at once"

# Starts an apply and sends it a signal once it is in its steps.
signalled() {
  local code=0
  inbox sh -c 'signal=$1; shift; rm -f /run/ended
    "$@" >/run/said 2>&1 </dev/null & p=$!
    until [ "$(grep -c "\"kind\":\"done\"" /var/lib/harden/runs/0001/journal 2>/dev/null)" -ge 5 ] 2>/dev/null; do sleep 0.05; done
    kill -"$signal" $p; wait $p' signalled "$1" "${apply[@]}" || code=$?
  inbox cat /run/said >"$work/said"
  faults=$((faults + 1))
  equal "SIG$1: exit code" "$2" "$code"
}
echo "# Ctrl-C"
signalled INT 1
contains "SIGINT: what is left is listed" "Not done" "$(cat "$work/said")"
equal "SIGINT: the last line is how to go on" "      harden apply" "$(tail -n 1 "$work/said")"
check "SIGINT: steps are left" test "$(inbox sh -c 'grep -c "\"kind\":\"done\"" /var/lib/harden/runs/0001/journal')" -lt 40
recovers "SIGINT"
undone "SIGINT"

echo "# the terminal goes away"
signalled HUP 0
exits "SIGHUP: the host is as declared" 0 inbox harden verify
undone "SIGHUP"

echo "# another package manager is at work for 10 s"
inbox apt-get remove -qq -y debsums >"$work/apt" 2>&1
inbox systemd-run -q --unit=holder python3 -c '
import fcntl, time
f = open("/var/lib/dpkg/lock-frontend", "w"); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(10)'
sleep 1
exits "dpkg's lock: it waits" 0 inbox sh -c '"$@" >/run/said 2>&1' lock "${apply[@]}"
faults=$((faults + 1))
contains "dpkg's lock: it says for whom" "python3" "$(inbox cat /run/said)"
exits "dpkg's lock: the host is as declared" 0 inbox harden verify

check "dpkg's lock: undo ends well" inbox harden undo 1 --yes
inbox rm -rf /var/lib/harden

echo "# a program is gone, though its package is there"
inbox mv /usr/sbin/ufw /root/ufw
meets "no ufw" 1 "/usr/sbin/ufw" "apt-get install --reinstall"
fix=$(grep -m1 -- "--reinstall" "$work/said")
inbox rm /root/ufw
check "no ufw: what the error says to do brings it back" inbox sh -c "$fix -qq"
recovers "no ufw"

check "no ufw: undo ends well" inbox harden undo 1 --yes
inbox rm -rf /var/lib/harden

# A ufw of our own in place of ufw's: $1 is what it does when it is to change something.
instead() {
  inbox sh -c 'mv /usr/sbin/ufw /usr/sbin/ufw.was; printf "#!/bin/bash\n%s\n" "$1" >/usr/sbin/ufw; chmod 755 /usr/sbin/ufw' instead "$1"
}
genuine() { inbox mv /usr/sbin/ufw.was /usr/sbin/ufw; }

echo "# a program that hangs, and what it started"
instead 'sleep 3987 & exec sleep 3987'
meets "a hanging program" 1 "had not ended after 60 seconds, and was ended" "harden apply"
equal "a hanging program: nothing of it goes on" "" "$(inbox pgrep -f 'sleep 3987' || :)"
genuine
recovers "a hanging program"
check "a hanging program: undo ends well" inbox harden undo 1 --yes
inbox rm -rf /var/lib/harden

echo "# a program that prints a gigabyte, and fails"
instead 'head -c 1G /dev/zero | tr "\0" x; echo the end >&2; exit 3'
inbox sh -c 'while sleep 0.1; do for p in $(pgrep -x harden); do sed -n "s/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p" /proc/$p/status; done; done >/run/peaks 2>/dev/null' &
sampler=$!
meets "a gigabyte" 1 "wrote more than" "harden apply"
kill $sampler 2>/dev/null || :
inbox pkill -f /run/peaks || :
peak=$(inbox sort -n /run/peaks | tail -n 1)
check "a gigabyte: harden stays below 100 MB ($((${peak:-999999} / 1024)))" test "${peak:-999999}" -lt 100000
genuine
recovers "a gigabyte"
check "a gigabyte: undo ends well" inbox harden undo 1 --yes
inbox rm -rf /var/lib/harden

echo "# system calls that fail"
"$LAB" snapshot "$box" "$work/before" # ufw was installed anew
# The calls of harden's main thread, which does the steps.
inbox strace -qq -c -o /run/calls "${apply[@]}" >/dev/null 2>&1 </dev/null
inbox cat /run/calls >"$work/calls"
check "system calls: undo ends well" inbox harden undo 1 --yes
inbox rm -rf /var/lib/harden
for fault in openat:EACCES openat:EMFILE openat:EINTR read:EINTR write:EIO write:EINTR fsync:EIO fdatasync:ENOSPC renameat2:EACCES \
  renameat:EACCES linkat:EACCES fchmod:EPERM fchown:EPERM mkdirat:EACCES unlinkat:EPERM unlinkat:EBUSY fstat:EIO; do
  call=${fault%:*}
  calls=$(awk -v call="$call" '$NF == call { print $4 }' "$work/calls")
  [ "${calls:-0}" -gt 0 ] || { echo "# harden makes no $call"; continue; }
  # No two runs make exactly the same calls: one that ended before the call that was to fail is made again.
  for _ in 1 2 3; do
    number=$((1 + RANDOM * RANDOM % calls)) code=0
    inbox timeout 120 strace -qq -e "trace=$call" -e signal=none -e "inject=$call:error=${fault#*:}:when=$number" -o /run/strace \
      "${apply[@]}" >"$work/said" 2>&1 </dev/null || code=$?
    met=$(inbox grep -c INJECTED /run/strace || :)
    [ "$met" = 0 ] || break
    inbox harden undo 1 --yes >/dev/null 2>&1 </dev/null || :
    inbox rm -rf /var/lib/harden
  done
  check "$fault at call $number of $calls: it is met" test "$met" -gt 0
  faults=$((faults + 1))
  case $code in
    0 | 1 | 3) passed "$fault at call $number of $calls: it ends by itself, with $code" ;;
    *) failed "$fault at call $number: it ends by itself" "exit code $code" "$(tail -n 15 "$work/said")" ;;
  esac
  [ $code = 0 ] || contains "$fault: it says what is wrong" "error:" "$(cat "$work/said")"
  recovers "$fault at call $number"
  # A run whose journal could not be begun is none, and its number is not given again.
  first=$(inbox harden history | awk 'NR == 2 { print $1 }')
  check "$fault: undo ends well" inbox harden undo "$first" --yes
  as_before "$fault at call $number: the host is as before"
  inbox rm -rf /var/lib/harden
done

echo "# figures, release $RELEASE: $faults faults; $((SECONDS - started)) s in all"
