extension PacketRehearsal {
  /// Run in a mount namespace of its own, with the source and the port as arguments and the rules on standard input.
  ///
  /// It needs `ip` and `nsenter`, which Debian has as a matter of course, and the tools that made the rules. No neighbour
  /// has to be asked for, since both are stated.
  static let script = #"""
    # $1 source, $2 port; standard input: sections headed by %%4, %%6, %%n
    say() { echo "obstacle: $1"; exit 0; }
    mount -t tmpfs none /mnt 2>/dev/null || say "no tmpfs can be mounted"
    awk '/^%%/ { file = "/mnt/" substr($0, 3); next } { print > file }'
    route=$(ip -o route get "$1" 2>/dev/null) || say "there is no route to $1"
    set -- "$1" "$2" $(echo "$route" | sed -n 's/.* dev \([^ ]*\).* src \([^ ]*\).*/\1 \2/p')
    [ $# = 4 ] || say "there is no route to $1"
    [ "$3" != lo ] || say "$1 is this host itself"
    exec unshare -n sh -c '
    say() { echo "obstacle: $1"; kill $peer $monitor 2>/dev/null; exit 0; }
    unshare -n sleep 20 & peer=$!
    own=$(readlink /proc/self/ns/net)
    for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      other=$(readlink /proc/$peer/ns/net)
      [ -n "$other" ] && [ "$other" != "$own" ] && break
      sleep 0.05
    done
    case $1 in *:*) bits=128 flags=nodad ;; *) bits=32 flags= ;; esac
    ip link set lo up
    ip link add "$3" address 02:00:00:00:00:01 type veth peer name there address 02:00:00:00:00:02 netns $peer || say "no veth"
    inside() { nsenter -t $peer -n "$@"; }
    ip addr add "$4/$bits" dev "$3" $flags && ip link set "$3" up && inside ip addr add "$1/$bits" dev there $flags &&
    inside ip link set there up && ip route add "$1/$bits" dev "$3" && inside ip route add "$4/$bits" dev there &&
    ip neigh replace "$1" lladdr 02:00:00:00:00:02 dev "$3" nud permanent &&
    inside ip neigh replace "$4" lladdr 02:00:00:00:00:01 dev there nud permanent || say "the link could not be set up"
    [ ! -s /mnt/4 ] || iptables-restore </mnt/4 || say "the IPv4 rules could not be loaded"
    [ ! -s /mnt/6 ] || ip6tables-restore </mnt/6 || say "the IPv6 rules could not be loaded"
    [ ! -s /mnt/n ] || nft -f /mnt/n || say "the tables of nft could not be loaded"
    nft -f - <<END || say "nft cannot trace"
    table inet harden_trace {
      chain begin { type filter hook prerouting priority -400; iifname "$3" tcp dport $2 meta nftrace set 1; }
      chain end { type filter hook input priority 2147483647; iifname "$3" tcp flags syn counter; }
    }
    END
    nft monitor trace >/mnt/trace 2>&1 & monitor=$!
    sleep 0.3
    inside timeout 0.5 bash -c "exec 3<>/dev/tcp/$4/$2" 2>/dev/null
    sleep 0.2
    kill $monitor $peer
    cat /mnt/trace
    ' sh "$@"
    """#
}
