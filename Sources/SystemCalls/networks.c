#define _GNU_SOURCE
#include "networks.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int harden_new_network(void) { return unshare(CLONE_NEWNET) == 0 ? 0 : errno; }

int harden_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET) == 0 ? 0 : errno; }

// Length of the address, 0 when the text is none.
static socklen_t parse(const char *text, uint16_t port, struct sockaddr_storage *address) {
  memset(address, 0, sizeof *address);
  struct sockaddr_in *four = (struct sockaddr_in *)address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    return sizeof *four;
  }
  if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1) return 0;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(port);
  return sizeof *six;
}

static int bound(const char *address, uint16_t port, int flags) {
  struct sockaddr_storage place;
  socklen_t length = parse(address, port, &place);
  if (length == 0) return -EINVAL;
  int made = socket(place.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), yes = 1;
  if (made < 0) return -errno;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(made, (struct sockaddr *)&place, length) == 0) return made;
  int failure = errno;
  close(made);
  return -failure;
}

int harden_listen(const char *address, uint16_t port) {
  int made = bound(address, port, 0);
  if (made < 0 || listen(made, 4) == 0) return made;
  int failure = errno;
  close(made);
  return -failure;
}

int harden_client(const char *address) { return bound(address, 0, SOCK_NONBLOCK); }

int harden_connect(int socket, const char *address, uint16_t port) {
  struct sockaddr_storage place;
  socklen_t length = parse(address, port, &place);
  if (length == 0) return EINVAL;
  return connect(socket, (struct sockaddr *)&place, length) == 0 ? 0 : errno;
}

int harden_filter_socket(int traced) {
  int made = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER), group = NFNLGRP_NFTRACE;
  if (made < 0) return -errno;
  struct sockaddr_nl own = {.nl_family = AF_NETLINK};
  if (bind(made, (struct sockaddr *)&own, sizeof own) == 0 &&
      (!traced || setsockopt(made, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0))
    return made;
  int failure = errno;
  close(made);
  return -failure;
}
