# Images: one debootstrapped tree and one offline package repository a release, under the cache.

suite_of() {
  case ${1-} in
    12) echo bookworm ;;
    13) echo trixie ;;
    22.04) echo jammy ;;
    24.04) echo noble ;;
    *) die "release '${1-}' is none of Debian's 12 and 13, nor of Ubuntu's 22.04 and 24.04" ;;
  esac
}

# An image is named by what it is made from.
image_of() {
  echo "$cache/$(image_name "$1")-$(cat "$here"/lab.d/{tree.sh,build-image} | sha256sum | cut -c1-12)"
}

image_name() {
  local name
  name=$(release_name "$1")
  echo "${name,,}" | tr ' ' -
}

lab_image() {
  local suite
  suite=$(suite_of "${1-}")
  prepare
  build_once "$(release_name "$1") image" "$(image_of "$1")" "$cache/$(image_name "$1")" "$here/lab.d/build-image" "$suite"
}

# The tree of a visitor with a browser; whatever the box is, one.
lab_visitor() {
  prepare
  build_once "visitor's tree" "$cache/debian-visitor-$(cat "$here"/lab.d/{tree.sh,build-visitor} | sha256sum | cut -c1-12)" \
    "$cache/visitor" "$here/lab.d/build-visitor"
}

# build_once WORDS IMAGE LOG CMD…: CMD builds IMAGE, which is its last argument; LOG.lock keeps others from doing so, too.
build_once() {
  local words=$1 image=$2 log=$3.log started=$SECONDS
  exec 8>"$3.lock"
  shift 3
  flock 8
  if [ ! -d "$image" ]; then
    say "building the $words, once (some minutes) …"
    "$@" "$image" </dev/null >"$log" 2>&1 8>&- || {
      tail -n 20 "$log" >&2
      die "could not build the $words; the whole log: $log"
    }
    say "built in $((SECONDS - started)) s: $(du -sh "$image"/* | awk '{ print $1, $2 }' | sed 's|/.*/||' | paste -sd, | sed 's/,/, /g')"
  fi
  exec 8>&-
  touch "$image"
  echo "$image"
}
