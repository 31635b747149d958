#define _GNU_SOURCE
#include "mounts.h"
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <unistd.h>

int harden_private_mounts(void) {
  if (unshare(CLONE_NEWNS) != 0) return errno;
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : errno;
}

int harden_mount_tmpfs(const char *directory) {
  return mount("tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") == 0 ? 0 : errno;
}

int harden_bind(const char *source, const char *target) {
  return mount(source, target, NULL, MS_BIND | MS_REC, NULL) == 0 ? 0 : errno;
}

int harden_detach(const char *path) { return umount2(path, MNT_DETACH) == 0 ? 0 : errno; }

int harden_change_root(const char *directory) {
  if (chdir(directory) != 0 || chroot(".") != 0) return errno;
  return chdir("/") == 0 ? 0 : errno;
}
