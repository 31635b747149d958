# For container tests: one line a check, a count and the exit code at the end.
#
#   . "$LAB.d/assert.sh"
#   check "the administrator gets in" "$LAB" ssh deploy@box true
#   refuse "root does not" "$LAB" ssh box true
#   equal "one listener" 1 "$(…)"
#
# A test that ends without a single check has failed.

checks_passed=0 checks_failed=0
trap 'finish_checks $?' EXIT
trap 'exit 143' TERM # out of time: the code of the last command would say that all is well

passed() {
  checks_passed=$((checks_passed + 1))
  printf 'ok    %s\n' "$1"
}

failed() {
  checks_failed=$((checks_failed + 1))
  printf 'FAIL  %s\n' "$1"
  printf '%s\n' "${@:2}" | sed 's/^/      /'
}

# check SENTENCE CMD…: the command must succeed.
check() {
  local sentence=$1 output code=0
  shift
  output=$("$@" 2>&1 </dev/null) || code=$?
  if [ $code = 0 ]; then passed "$sentence"; else failed "$sentence" "exit code $code of: $*" "$output"; fi
}

# refuse SENTENCE CMD…: the command must fail, but not because it is missing.
refuse() {
  local sentence=$1 output code=0
  shift
  output=$("$@" 2>&1 </dev/null) || code=$?
  case $code in
    0) failed "$sentence" "this succeeded: $*" "$output" ;;
    126 | 127) failed "$sentence" "this could not be run: $*" "$output" ;;
    *) passed "$sentence" ;;
  esac
}

# exits SENTENCE CODE CMD…: the command must end with this exit code.
exits() {
  local sentence=$1 wanted=$2 output code=0
  shift 2
  output=$("$@" 2>&1 </dev/null) || code=$?
  if [ $code = "$wanted" ]; then passed "$sentence"; else failed "$sentence" "exit code $code, not $wanted, of: $*" "$output"; fi
}

# equal SENTENCE EXPECTED ACTUAL
equal() {
  if [ "$2" = "$3" ]; then passed "$1"; else failed "$1" "$(diff -u --label expected --label actual <(printf '%s\n' "$2") <(printf '%s\n' "$3"))"; fi
}

# contains SENTENCE PART TEXT
contains() {
  case $3 in *"$2"*) passed "$1" ;; *) failed "$1" "no '$2' in:" "$3" ;; esac
}

# lacks SENTENCE PART TEXT
lacks() {
  case $3 in *"$2"*) failed "$1" "'$2' is in:" "$3" ;; *) passed "$1" ;; esac
}

finish_checks() {
  local code=$1
  type -t cleanup >/dev/null && cleanup # a test may define it
  if [ "$code" != 0 ]; then failed "it runs to its end" "it ended with exit code $code"; fi
  if [ $((checks_passed + checks_failed)) = 0 ]; then failed "it checks something"; fi
  if [ -n "${CHECKS-}" ]; then echo "$checks_passed $checks_failed" >"$CHECKS"; else echo "$checks_passed passed, $checks_failed failed"; fi
  trap - EXIT
  [ $checks_failed = 0 ] || exit 1
  exit 0
}
