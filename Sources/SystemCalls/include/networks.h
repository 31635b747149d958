#pragma once
#include <stdint.h>

// Network namespaces, and sockets of them. All return 0 or an errno, sockets -errno on failure.

/// Gives the calling thread a network namespace of its own, with nothing in it but a loopback that is down.
int harden_new_network(void);
/// Makes the calling thread use the network namespace that a descriptor of /proc/PID/ns/net stands for.
int harden_enter_network(int descriptor);
/// A TCP socket that listens on an address, IPv4 or IPv6 as text.
int harden_listen(const char *address, uint16_t port);
/// A TCP socket, bound to an address, that never blocks.
int harden_client(const char *address);
/// Begins to connect such a socket. EINPROGRESS is the usual answer.
int harden_connect(int socket, const char *address, uint16_t port);
/// A netlink socket to nf_tables of this namespace that never blocks; with `traced`, it hears what is traced there.
int harden_filter_socket(int traced);
