#!/bin/bash
# An account without rights that wants some: links, fifos, devices, hostile names and races in the trees that it can write,
# and hostile inputs. Nothing outside the tree changes, nothing of it is executed, and the run ends.
#
#   RACE_SECONDS=120 scripts/test --containers 13 attack-zoo     a longer race
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh"

racers=()
cleanup() {
  for racer in "${racers[@]}"; do kill "$racer" 2>/dev/null || :; done
  drop_box
}
web() { inbox setpriv --reuid=www-data --regid=www-data --clear-groups -- "$@"; }
attempts=0
attack() { attempts=$((attempts + 1)); }

given=(django-apache --set domain=example.test --set "administrators=deploy $(cat "$work/key.pub")")
# Each run has some minutes: what opens a fifo hangs for ever.
harden() { inbox timeout 300 harden "$@"; }

check "a first apply, on an untouched host" harden apply "${given[@]}" --yes --no-confirm
tree=/srv/django

# What the attacker must not reach: marked, and compared byte for byte, mode for mode.
inbox sh -c 'install -m 600 /dev/null /root/secret; echo "the crown jewels" >/root/secret
  install -d -m 755 -o root -g root /opt/other; install -m 644 /dev/null /opt/other/file; echo other >/opt/other/file'
outside() {
  "$LAB" snapshot "$box" "$work/whole"
  # Not the tree itself, nor the tool's own journal; the folder that holds the secrets is in it.
  grep -vE '^/?(srv/django|var/lib/harden)(/| )|^/srv/django' "$work/whole" >"$1"
}
outside "$work/before"
unharmed() {
  outside "$work/now"
  equal "$1: nothing outside the tree changes" "" "$(diff "$work/before" "$work/now" | head -20)"
  refuse "$1: nothing was executed" inbox sh -c 'ls -d /tmp/pwned* /pwned* /root/pwned* /srv/pwned* 2>/dev/null | grep .'
  equal "$1: the crown jewels are nobody else's" "600 root root" "$(inbox stat -c '%a %U %G' /root/secret)"
}
# How many lines of a file hold what no terminal should get: control characters, or what turns the direction of a text.
controls() { LC_ALL=C grep -acP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]' "$1" || :; }
# Plan, apply and verify, on whatever lies in the tree now.
works() {
  local name=$1 code=0
  harden plan >"$work/plan" 2>&1 </dev/null || code=$?
  equal "$name: plan ends" 0 "$code"
  equal "$name: and shows no control characters" 0 "$(controls "$work/plan")"
  lacks "$name: nor anybody's secrets" "crown jewels" "$(tr -d '\0' <"$work/plan")"
  code=0
  harden apply --yes --no-confirm >"$work/apply" 2>&1 </dev/null || code=$?
  equal "$name: apply ends well" 0 "$code"
  [ $code = 0 ] || tail -n 20 "$work/apply" | cut -c1-200
  # What compares cannot take everything that harden must.
  [ "$name" != "hostile names" ] || check "$name: a second look finds nothing to do" harden verify
  inbox rm -rf $tree/media/deep
  inbox find $tree/media -depth -name $'*\n*' -delete
  unharmed "$name"
}

echo "# symbolic links out of the tree"
attack
web sh -c "cd $tree/media && ln -s /root/secret one && ln -s /etc two && ln -s /etc/shadow three && ln -s / four &&
  ln -s two/shadow five && ln -s nowhere six && ln -s seven seven && ln -s ../../../../opt/other eight"
# Laid where the tree has files of its own, by one who could write there.
inbox sh -c "ln -s /opt/other $tree/static/link; ln -s /etc/passwd $tree/settings.py; ln -s /root $tree/venv-old"
works "symbolic links"
equal "they are where they were" "/etc /root/secret" "$(inbox readlink $tree/media/two $tree/media/one | xargs)"

echo "# hard links to others' files"
attack
# A kernel with fs.protected_hardlinks lets nobody make them; an older one, or root's mistake, does.
inbox ln /opt/other/file $tree/media/hard || :
if inbox test -e $tree/media/hard; then
  works "hard links"
  contains "a hard link is named" "media/hard" "$(harden plan --verbose 2>&1 </dev/null)"
else
  echo "# this file system makes none across the two folders"
fi
inbox rm -f $tree/media/hard

echo "# fifos, sockets, devices"
attack
web sh -c "cd $tree/media && mkfifo pipe && mkfifo ../logs/pipe"
web python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('$tree/media/sock')"
inbox sh -c "mknod $tree/media/zero c 1 5 2>/dev/null || :; mknod $tree/media/disk b 7 200 2>/dev/null || :"
works "fifos and devices"
inbox rm -f $tree/media/pipe $tree/logs/pipe $tree/media/sock $tree/media/zero $tree/media/disk

echo "# hostile names"
attack
web python3 - <<'END'
import os
os.chdir("/srv/django/media")
names = [b"-rf", b"--help", b"$(touch /tmp/pwned1)", b"`touch /tmp/pwned2`", b"; touch /tmp/pwned3",
  b"line\nbreak", b"tab\there", b"\x1b[2J\x1b]0;owned\x07", b"\xff\xfe\xc3\x28", b"*", b"?", b"a b  c", b"'quote\"", b"%s%n%d",
  b"\\", b"\x01\xc2\x9b2J\xe2\x80\xaegnp.exe", b"x" * 255, b"..." , b"nul\x01", b"\r\n"]
for name in names:
    name = name.replace(b"/", b"_")
    with open(name, "w") as file: file.write("x")
    os.chmod(name, 0o777)
    os.makedirs(b"d" + name[:200], exist_ok=True)
    os.chmod(b"d" + name[:200], 0o777)
# Deeper than any path may be long.
os.makedirs("deep", exist_ok=True); os.chdir("deep")
for _ in range(300):
    os.mkdir("d" * 60); os.chdir("d" * 60)
open("bottom", "w").close(); os.chmod("bottom", 0o777)
END
works "hostile names"
# Plan shows the first of many.
contains "hostile names: the one that would turn the text around is shown" gnp.exe "$(cat "$work/plan")"
equal "and yet each has the mode it should" "" \
  "$(inbox find $tree/media -mindepth 1 \( -type f -perm /007 -o -type d -perm /007 \) -printf '%m %f\n' 2>/dev/null | head -5 | cat -v)"

echo "# many entries"
attack
web sh -c "cd $tree/media && mkdir many && cd many && seq 1 20000 | xargs touch && chmod 666 1 2 3"
works "many entries"
inbox rm -rf $tree/media/many

echo "# races: folders that turn into links while they are looked at"
attack
cat >"$work/race.py" <<'END'
import os, sys, time
os.chdir("/srv/django/media")
os.umask(0)
end = time.time() + float(sys.argv[1])
targets = ["/etc", "/root", "/opt/other", "/home/deploy/.ssh"]
done = 0
def entry(name):
    # A folder whose children bear the names of files that matter, all of them wrong so that they need mending.
    os.mkdir(name, 0o777)
    for child in ("shadow", "passwd", "secret", "file", "authorized_keys"):
        with open(name + "/" + child, "w") as f: f.write("x")
        os.chmod(name + "/" + child, 0o777)
for i in range(8):
    try: entry("race%d" % i)
    except OSError: pass
    try: os.symlink(targets[i % 4], "link%d" % i)
    except OSError: pass
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def exchange(a, b):
    # renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE): no moment without either.
    return libc.renameat2(-100, a.encode(), -100, b.encode(), 2) == 0
rounds = 0
while time.time() < end:
    for i in range(8):
        done += exchange("race%d" % i, "link%d" % i)
    rounds += 1
    if rounds % 500 == 0:
        for i in range(8):
            for name in ("race%d" % i, "link%d" % i):
                if not os.path.islink(name):
                    try:
                        os.chmod(name, 0o777)
                        for child in os.listdir(name): os.chmod(name + "/" + child, 0o777)
                    except OSError: pass
print(done)
END
"$LAB" put "$box" "$work/race.py" /usr/local/share/race.py
seconds=${RACE_SECONDS:-20} runs=0
web python3 /usr/local/share/race.py "$((seconds + 5))" >"$work/exchanges" 2>"$work/race.err" &
racers+=($!)
sleep 1
end=$((SECONDS + seconds))
while [ $SECONDS -lt $end ]; do
  code=0
  harden apply --yes --no-confirm >"$work/apply" 2>&1 </dev/null || code=$?
  # It may say that the tree does not hold still; it may not hang, crash or follow.
  case $code in 0 | 1) ;; *) failed "an apply within the race ends by itself" "exit code $code" "$(tail -n 20 "$work/apply")" ;; esac
  runs=$((runs + 1))
done
wait "${racers[0]}" || :
racers=()
exchanges=$(cat "$work/exchanges")
check "the race was run" test "${exchanges:-0}" -gt 1000 -a "$runs" -gt 2
inbox rm -f /usr/local/share/race.py
unharmed "races"
echo "# $runs applies beside $exchanges exchanges"
inbox sh -c "rm -rf $tree/media/race* $tree/media/link*"
works "after the race"

echo "# taking it back, with links in the way"
attack
web sh -c "cd $tree/media && mkdir -p a/b && touch a/b/c"
harden apply --yes --no-confirm --set 'time-zone=Europe/Berlin' >/dev/null 2>&1 </dev/null
web sh -c "cd $tree/media && rm -rf a && ln -s /etc a; rm -rf ../logs/* ; ln -s /root ../logs/x"
check "undo ends well" harden undo --yes
unharmed "undo beside links"

echo "# the home of the administrator, made by somebody else beforehand"
attack
inbox sh -c 'useradd -m mallory; useradd -m victim; install -d -m 700 -o victim /home/victim/.ssh
  rm -rf /home/mallory/.ssh; ln -s /home/victim/.ssh /home/mallory/.ssh; chown -h mallory /home/mallory/.ssh
  install -m 600 -o victim /dev/null /home/victim/.ssh/authorized_keys'
outside "$work/before"
second=(--set "administrators=deploy $(cat "$work/key.pub")" --set "administrators=mallory $(cat "$work/key.pub")")
code=0
harden apply "${second[@]}" --yes --no-confirm >"$work/apply" 2>&1 </dev/null || code=$?
tail -n 12 "$work/apply"
equal "somebody else's keys stay theirs, behind a link" "" "$(inbox cat /home/victim/.ssh/authorized_keys)"
equal "with their owner and mode" "victim 600" "$(inbox stat -c '%U %a' /home/victim/.ssh/authorized_keys)"
inbox sh -c 'rm -f /home/mallory/.ssh; install -d -m 700 -o mallory /home/mallory/.ssh; ln -s /etc/shadow /home/mallory/.ssh/authorized_keys; sha256sum /etc/shadow | cut -c1-64' >"$work/shadow"
harden apply "${second[@]}" --yes --no-confirm >"$work/apply" 2>&1 </dev/null || :
tail -n 12 "$work/apply"
equal "a key file that is a link to /etc/shadow: that keeps its mode and owner" "640 root shadow" "$(inbox stat -c '%a %U %G' /etc/shadow)"
lacks "and gets no key" ssh-ed25519 "$(inbox cat /etc/shadow)"
lacks "nor is it shown" '$y$' "$(cat "$work/apply")"
inbox sh -c 'rm -f /home/mallory/.ssh/authorized_keys; mkfifo /home/mallory/.ssh/authorized_keys'
code=0
harden plan "${second[@]}" >"$work/plan" 2>&1 </dev/null || code=$?
check "a key file that is a fifo makes nobody wait" test "$code" != 124 -a "$code" != 137
inbox sh -c 'rm -rf /home/mallory/.ssh; userdel -r mallory 2>/dev/null; userdel -r victim 2>/dev/null; true'

echo "# hostile inputs"
outside "$work/before"
hostile=('$(touch /tmp/pwned)' '`touch /tmp/pwned`' '; touch /tmp/pwned' '-rf' '--force' $'two\nlines' $'\e[2J' $'\xe2\x80\xaeb\xc2\x9b2J' '../../etc/passwd' 'a b' '"' "'" '%n' '|id' '&&id' $'\xff\xfe' '*' '')
key=$(cat "$work/key.pub")
for value in "${hostile[@]}"; do
  attack
  for input in "domain=$value" "aliases=$value" "administrators=$value $key" "project=/srv/$value" "wsgi=$value" "time-zone=$value" "host-name=$value" "open-ports=$value"; do
    code=0
    harden plan --set "$input" >"$work/plan" 2>&1 </dev/null || code=$?
    case $code in
      0 | 1 | 64) ;;
      *) failed "input $(printf %q "$input") ends with a word" "exit code $code" "$(cat -v "$work/plan" | tail -n 5)" ;;
    esac
    # What was refused was not meant to be anything; what was taken must be planned as a value, never as code.
    [ "$(controls "$work/plan")" = 0 ] || failed "input $(printf %q "$input") shows no control characters" "$(cat -v "$work/plan")"
  done
done
unharmed "hostile inputs"

echo "# figures, release $RELEASE: $attempts attacks, $runs applies beside $exchanges exchanges of a folder and a link"
