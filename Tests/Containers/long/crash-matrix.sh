#!/bin/bash
# kill -9 at boundaries of the journal and at random moments of an apply, of one that mends a killed one, and of an undo; a
# kill within the confirm window; power cuts, which lose what was not yet written to the disk. After each the next apply
# must end converged, and undo must give back the host of before, also where no apply came between.
#
#   CRASHES=60 CRASH_SEED=7 scripts/test --containers 13 long/crash-matrix     more kills; the moments of an earlier run
#   BOUNDARIES=all scripts/test --containers 13 long/crash-matrix              every boundary of the journal, not some
#   CUTS=20 RECIPE=django-apache scripts/test --containers 13 long/crash-matrix      more power cuts; another recipe
set -euo pipefail
. "$LAB.d/assert.sh"
. "$LAB.d/fresh-box.sh" --volume

crashes=${CRASHES:-3} # kills of a plain apply; the special ones come on top
boundaries=${BOUNDARIES:-4} # of an apply, and as many of an undo
cuts=${CUTS:-2} # of power; every second one is in an undo
recipe=${RECIPE:-vps}
seed=${CRASH_SEED:-$RANDOM}
RANDOM=$seed
started=$SECONDS kills=0 compared=0 seconds=
administrators="administrators=deploy $(cat "$work/key.pub")"

# What may differ once all is taken back. Nothing else may, down to bytes, modes, owners, flags, kernel settings:
# - /var/lib/harden: the journal itself, and what is to be told of it later
# - the journal of systemd's: after a power cut it begins another file
settled() {
  sed -E '/^\/var\/lib\/harden[ /]/d; /^\/var\/log\/journal\//d' "$1"
}
# Sizes of the files whose contents a snapshot holds, in bytes.
bytes() { awk '$2 == "f" && $6 == "->" { sum += $5 } /^# contents/ { exit } END { print sum }' "$1"; }
same() {
  "$LAB" snapshot "$box" "$work/now.whole"
  settled "$work/now.whole" >"$work/now"
  compared=$((compared + $(bytes "$work/now.whole")))
  equal "$1: undo gives back the host of before" "" "$(diff "$work/before" "$work/now" | head -20)"
}
now() { date +%s%N; }
# A random moment, in ms, in part I of N of the TOTAL ms that something takes.
moment() {
  local total=$1 part=$2 of=$3
  echo $(((total * part + RANDOM % 1000 * total / 1000) / of))
}
# Runs harden VERB… and kills it, not its children, after so many ms. Ends with 137, unless it was faster.
killed() {
  local ms=$1 code=0
  shift
  inbox sh -c 'seconds=$1; shift; "$@" >/dev/null 2>&1 </dev/null & p=$!
    sleep "$seconds"; kill -9 "$p"; wait "$p"' \
    killed "$((ms / 1000)).$(printf %03d $((ms % 1000)))" "$@" 2>/dev/null || code=$?
  [ $code = 137 ] || { echo "# it had ended before, with $code"; return 0; }
  kills=$((kills + 1)) seconds="$seconds $((ms / 1000)).$((ms % 1000 / 100))"
  echo "# killed at $ms ms, in step $(inbox sh -c 'tail -qn 1 $(ls -d /var/lib/harden/runs/* 2>/dev/null | tail -1)/journal 2>/dev/null |
    grep -oE "\"step\":[0-9]+" | head -1')"
}
# Runs harden VERB… and kills it in its Nth fdatasync(2), with which each record of the journal ends.
cut_at() {
  local code=0 number=$1
  shift
  inbox strace -qq -e trace=fdatasync -e "inject=fdatasync:signal=KILL:when=$number" -o /run/strace "$@" >/dev/null 2>&1 </dev/null || code=$?
  [ $code = 137 ] || { failed "it is killed at record $number" "it had ended before, with $code"; return 1; }
  kills=$((kills + 1))
}
# How many records it writes.
records() {
  inbox strace -qq -e trace=fdatasync -o /run/strace "$@" >/dev/null 2>&1 </dev/null
  inbox grep -c 'fdatasync(' /run/strace
}
# The numbers 1 to N, or as many of them as are wanted, drawn.
drawn() {
  local count=$1
  if [ "$boundaries" = all ]; then seq "$count"; return; fi
  for ((draw = 0; draw < boundaries; draw++)); do echo $((1 + (count * draw + RANDOM % count) / boundaries)); done
}
apply=(harden apply "$recipe" --set "$administrators" --yes)
[ "$recipe" = vps ] || apply+=(--set domain=example.com)
converges() {
  local code=0
  began=$(now)
  inbox "${apply[@]}" --no-confirm >"$work/next" 2>&1 </dev/null || code=$?
  lasted=$((($(now) - began) / 1000000))
  equal "$1: the next apply ends well" 0 "$code"
  [ $code = 0 ] || tail -n 30 "$work/next"
  exits "$1: and the host is as declared" 0 inbox harden verify
}
taken_back() {
  local code=0
  began=$(now)
  inbox harden undo 1 --yes >"$work/undo" 2>&1 </dev/null || code=$?
  lasted=$((($(now) - began) / 1000000))
  equal "$1: undo ends well" 0 "$code"
  [ $code = 0 ] || tail -n 30 "$work/undo"
  same "$1"
  inbox rm -rf /var/lib/harden
}

# Ubuntu has ufw already; here it is to come with the plan.
inbox sh -c 'apt-get -q update && apt-get -qy install strace && apt-get -qy purge ufw' >"$work/apt" 2>&1
echo "# a power cut while packages are installed; moments are drawn with CRASH_SEED=$seed"
inbox sync
inbox systemd-run -q "${apply[@]}" --no-confirm
until inbox grep -qs " status unpacked ufw" /var/log/dpkg.log; do sleep 0.1; done
sleep "$((RANDOM % ${APT_SECONDS:-8})).$((RANDOM % 10))"
"$LAB" kill "$box"
"$LAB" start "$box"
echo "# dpkg had come to: $(inbox tail -n 1 /var/log/dpkg.log | tr -d "\\000")"
gets_in() { "$LAB" password "root@$box" hunter2-lab true || "$LAB" ssh "deploy@$box" -i "$work/key" sudo -n true; }
check "root still gets in, or the administrator already" gets_in
# What such a cut does to what was written within the last second; here it surely did, if not all was in place: to a
# configuration file of a package that is installed, to what ufw's script copied, and to PAM's. Whoever is in still can
# apply.
if inbox sh -c 'tail -n 1 /var/lib/harden/runs/0001/journal | grep -aq "\"install\":"'; then
  inbox sh -c 'for package in $(tr -d "\000" </var/log/dpkg.log | sed "1,/ status installed strace/d" |
      sed -n "s/.* install \([^ ]*\) <none>.*/\1/p"); do
    file=$(dpkg-query --show --showformat "\${Conffiles}\n" "$package" 2>/dev/null | sed -n "s|^ \(/[^ ]*\).*|\1|p" | head -n 1)
    [ -s "$file" ] && dpkg-query --show --showformat "\${Status}" "$package" | grep -q "ok installed" || continue
    : >"$file"; echo "# emptied $file of $package"; break
  done
  for file in /etc/ufw/before.rules /etc/ufw/after6.rules /etc/ufw/ufw.conf; do
    [ ! -s "$file" ] || { : >"$file"; echo "# emptied $file"; }
  done
  for kind in account auth password session session-noninteractive; do : >"/etc/pam.d/common-$kind"; done'
fi
code=0
inbox "${apply[@]}" --no-confirm >"$work/first" 2>&1 </dev/null || code=$?
equal "the next apply ends well" 0 "$code"
[ $code = 0 ] || { sed '/^error/,$!d' "$work/first"; exit 1; }
equal "the next apply brings them to their end" "" "$(inbox dpkg --audit)"
equal "and no file of theirs came back empty" "" "$(inbox sh -c 'find /etc/pam.d -size 0 ! -name "*.pam-old"
  dpkg-query --show --showformat "\${Conffiles}\n" | grep -v d41d8cd98f00b204e9800998ecf8427e |
    while read -r file _; do [ -s "$file" ] || [ ! -f "$file" ] || echo "$file"; done' || :)"
check "somebody gets in afterwards" gets_in
exits "the host is as declared" 0 inbox harden verify
check "all of it is taken back" inbox harden undo --yes
inbox rm -rf /var/lib/harden
"$LAB" save "$box"
"$LAB" snapshot "$box" "$work/before.whole"
settled "$work/before.whole" >"$work/before"
echo "# ready after $((SECONDS - started)) s"

converges "undisturbed"
took=$lasted
taken_back "undisturbed"
took_undo=$lasted
# The comparison must be able to fail.
inbox touch -m /etc/debian_version
inbox chmod 600 /etc/debian_version
"$LAB" snapshot "$box" "$work/now.whole"
refuse "a mode that differs is seen" diff "$work/before" <(settled "$work/now.whole")
inbox chmod 644 /etc/debian_version
echo "# an apply takes $took ms, an undo $took_undo ms"

for ((part = 0; part < crashes; )); do
  name="killed in part $((part + 1)) of $crashes"
  killed "$(moment "$took" "$part" "$crashes")" "${apply[@]}" --no-confirm
  part=$((part + 1))
  # Every second time the one that mends it is killed as well.
  if [ $((part % 2)) = 0 ] && [ "$part" -lt "$crashes" ]; then
    # It has less to do, so it is killed sooner.
    killed "$(moment "$((took / 2))" "$part" "$crashes")" "${apply[@]}" --no-confirm
    part=$((part + 1)) name="$name, then again"
  fi
  converges "$name"
  taken_back "$name"
done

echo "# kills at the journal's records"
count=$(records "${apply[@]}" --no-confirm)
check "an apply has records" test "$count" -gt 20
undo_count=$(records harden undo 1 --yes)
check "and an undo" test "$undo_count" -gt 10
same "as traced"
inbox rm -rf /var/lib/harden
turn=0
for number in $(drawn "$count"); do
  turn=$((turn + 1)) name="killed at record $number of $count"
  if [ "$boundaries" = all ] || [ $((turn % 2)) = 1 ]; then
    cut_at "$number" "${apply[@]}" --no-confirm || continue
    converges "$name"
    taken_back "$name"
  fi
  if [ "$boundaries" = all ] || [ $((turn % 2)) = 0 ]; then
    cut_at "$number" "${apply[@]}" --no-confirm || continue
    taken_back "$name, and no apply next"
  fi
done
echo "# a kill while ufw enables the firewall; the undo is at once"
inbox sh -c '"$@" >/run/said 2>&1 </dev/null & p=$!
  until pgrep -f "[u]fw.*enable" >/dev/null; do sleep 0.02; kill -0 $p || exit; done
  sleep 0.3; kill -9 $p; wait $p' enable "${apply[@]}" --no-confirm 2>/dev/null || true
kills=$((kills + 1))
taken_back "killed while the firewall came up, and no apply next"
for number in $(drawn "$undo_count"); do
  inbox "${apply[@]}" --no-confirm >"$work/next" 2>&1 </dev/null
  cut_at "$number" harden undo 1 --yes || continue
  taken_back "undo killed at record $number of $undo_count"
done

echo "# a kill while the revert is being armed; the undo is at once"
inbox sh -c '"$@" >/run/said 2>&1 </dev/null & p=$!
  until [ -e /etc/systemd/system/harden-revert.timer ]; do kill -0 $p || exit; done
  kill -9 $p; wait $p' arming "${apply[@]}" --confirm-within 5m 2>/dev/null || true
kills=$((kills + 1))
taken_back "killed while the revert was armed, and no apply next"

echo "# a kill while the revert is armed; the next apply is at once"
inbox sh -c '"$@" >/run/said 2>&1 </dev/null & p=$!
  until [ -e /var/lib/harden/window/window.json ]; do sleep 0.1; kill -0 $p || exit; done
  sleep 0.7; kill -9 $p; wait $p' window "${apply[@]}" --confirm-within 5m 2>/dev/null || true
kills=$((kills + 1))
check "the window is open" inbox sh -c "test -e /var/lib/harden/window/window.json || { tail -n 30 /run/said; false; }"
converges "killed in the window"
taken_back "killed in the window"
equal "nothing of the revert is left" "" \
  "$(inbox sh -c 'ls -d /etc/systemd/system/harden-revert* /etc/systemd/system/*/harden-revert* /var/lib/harden/window 2>/dev/null || :')"

# Cuts the power at a moment in part I of N of the MS that harden VERB… takes, or where it writes one of so many RECORDS.
cut_power() {
  local part=$1 of=$2 ms=$3 records=$4 delay
  shift 4
  inbox sync # what is at stake is this run
  if [ $((part / 2 % 2)) = 0 ]; then
    delay=$(moment "$ms" "$part" "$of")
    inbox systemd-run -q "$@"
    sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
  else
    cut_at $((1 + (records * part + RANDOM % records) / of)) "$@"
  fi
  "$LAB" kill "$box"
  "$LAB" start "$box"
}
for ((cut = 0; cut < cuts; cut++)); do
  if [ $((cut % 2)) = 0 ]; then
    name="power cut $((cut + 1)) of $cuts, in an apply"
    cut_power "$cut" "$cuts" "$took" "$count" "${apply[@]}" --no-confirm
    converges "$name"
    killed "$(moment "$took_undo" 1 3)" harden undo 1 --yes
    taken_back "$name, then undo killed"
  else
    name="power cut $((cut + 1)) of $cuts, in an undo"
    inbox "${apply[@]}" --no-confirm >"$work/next" 2>&1 </dev/null
    cut_power "$cut" "$cuts" "$took_undo" "$undo_count" harden undo 1 --yes
    taken_back "$name"
  fi
done

echo "# figures, release $RELEASE: $kills kills -9 and $cuts power cuts, at$seconds s into runs of $((took / 1000)) s;" \
  "$compared bytes compared; $((SECONDS - started)) s in all; CRASH_SEED=$seed"
