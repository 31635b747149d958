# For container tests, after assert.sh: a fresh box with harden on it. It goes when the test ends.
#
#   . "$LAB.d/fresh-box.sh" [OPTION of lab boot…]
#
#   $box $ip $ip6 $peer $peer6     its name and addresses, and the addresses that the test comes from
#   $work                          a folder that goes with it
#   $work/key                      the key of whoever is to become its administrator
#   inbox CMD…                     runs CMD in it as root, past sshd

box=$BOX
work=$(mktemp -d)
drop_box() {
  "$LAB" stop "$box" >/dev/null 2>&1 || :
  rm -rf "$work"
}
cleanup() { drop_box; } # a test that leaves more behind defines another
inbox() { "$LAB" exec "$box" "$@"; }
fact() { sed -n "s/^$1=//p" "$work/facts"; }

"$LAB" boot "$box" "$RELEASE" --owner $$ "$@" >"$work/facts"
ip=$(fact ip) ip6=$(fact ip6) peer=$(fact peer) peer6=$(fact peer6)
"$LAB" put "$box" "$HARDEN" /usr/local/bin/harden
ssh-keygen -q -t ed25519 -N '' -C laptop -f "$work/key"
