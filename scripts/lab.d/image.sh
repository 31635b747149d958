# Images: one debootstrapped tree and one offline package repository a release, under the cache.

suite_of() {
  case ${1-} in
    12) echo bookworm ;;
    13) echo trixie ;;
    *) die "release '${1-}' is neither 12 nor 13" ;;
  esac
}

# An image is named by what it is made from.
image_of() {
  echo "$cache/debian-$1-$(cat "$here"/lab.d/{tree.sh,build-image} | sha256sum | cut -c1-12)"
}

lab_image() {
  local release=${1-} suite image started=$SECONDS log
  suite=$(suite_of "$release")
  prepare
  image=$(image_of "$release")
  log=$cache/debian-$release.log
  exec 8>"$cache/debian-$release.lock"
  flock 8
  if [ ! -d "$image" ]; then
    say "building the Debian $release image, once (some minutes) …"
    "$here/lab.d/build-image" "$suite" "$image" </dev/null >"$log" 2>&1 8>&- || {
      tail -n 20 "$log" >&2
      die "could not build the image; the whole log: $log"
    }
    say "built in $((SECONDS - started)) s: $(du -sh "$image/root" | cut -f1) root, $(du -sh "$image/repo" | cut -f1) of packages"
  fi
  exec 8>&-
  touch "$image"
  echo "$image"
}
