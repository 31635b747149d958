# A box seen from outside: logins and ports.

# Only the key that is meant, no agent, no shared connection, nothing remembered, never a question.
ssh_options=(
  -F none -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o ControlPath=none -o ConnectTimeout=10
  -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
)

# Splits [USER@]NAME.
target() {
  user=root
  case ${1-} in *@*) user=${1%@*} ;; esac
  box "${1##*@}"
}

# Whether ssh's options, which end where the command begins, name a key.
has_identity() {
  while [ $# -gt 0 ]; do
    case $1 in
      -i*) return 0 ;;
      -[BbcDEeFIJLlmOoPpQRSWw]) shift ;;
      -*) ;;
      *) return 1 ;;
    esac
    shift || :
  done
  return 1
}

lab_ssh() {
  target "${1-}"
  shift
  has_identity "$@" || set -- -i "$key" "$@"
  exec ssh "${ssh_options[@]}" "$user@$ip" "$@"
}

lab_password() {
  target "${1-}"
  ask=$(mktemp)
  trap 'rm -f "$ask"' EXIT
  printf '#!/bin/sh\nprintf "%%s\\n" "$LAB_PASSWORD"\n' >"$ask"
  chmod 700 "$ask"
  LAB_PASSWORD=${2-} SSH_ASKPASS=$ask SSH_ASKPASS_REQUIRE=force ssh -o BatchMode=no "${ssh_options[@]}" \
    -o PubkeyAuthentication=no -o PreferredAuthentications=password,keyboard-interactive -o NumberOfPasswordPrompts=1 "$user@$ip" "${@:3}"
}

lab_ports() {
  running "${1-}"
  shift
  [ $# -gt 0 ] || set -- 21 22 25 53 80 110 111 143 443 445 465 587 631 993 2222 3000 3306 5000 5432 6379 8000 8080 8443 9000 11211 27017
  local port
  for port; do
    (
      code=0
      timeout 1 bash -c "exec 3<>/dev/tcp/$ip/$port" 2>/dev/null || code=$?
      case $code in 0) echo "$port open" ;; 124) echo "$port filtered" ;; *) echo "$port closed" ;; esac
    ) &
  done | sort -n
  wait
}
