#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <shadow.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

const int harden_o_path = O_PATH;
const uint64_t harden_resolve_no_symlinks = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
const uint64_t harden_resolve_no_crossing = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV | RESOLVE_BENEATH;
const long harden_flag_immutable = FS_IMMUTABLE_FL;
const long harden_flag_append_only = FS_APPEND_FL;

int harden_openat2(int directory, const char *path, int flags, uint32_t mode, uint64_t resolve) {
  struct open_how how = {.flags = (uint64_t)flags, .mode = mode, .resolve = resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

ssize_t harden_getdents(int directory, void *buffer, size_t size) {
  return syscall(SYS_getdents64, directory, buffer, size);
}

int harden_chown(int descriptor, uint32_t user, uint32_t group) {
  return fchownat(descriptor, "", user, group, AT_EMPTY_PATH);
}

// fchmod(2) and the xattr calls refuse O_PATH descriptors (EBADF); the magic link under /proc leads to the same inode.
struct magic { char path[32]; };
static struct magic magic(int descriptor) {
  struct magic link;
  snprintf(link.path, sizeof link.path, "/proc/self/fd/%d", descriptor);
  return link;
}

int harden_chmod(int descriptor, uint32_t mode) { return chmod(magic(descriptor).path, mode); }

ssize_t harden_readlink(int descriptor, void *buffer, size_t size) { return readlinkat(descriptor, "", buffer, size); }

ssize_t harden_listxattr(int descriptor, void *buffer, size_t size) {
  return listxattr(magic(descriptor).path, buffer, size);
}
ssize_t harden_getxattr(int descriptor, const char *name, void *buffer, size_t size) {
  return getxattr(magic(descriptor).path, name, buffer, size);
}
int harden_setxattr(int descriptor, const char *name, const void *value, size_t size) {
  return setxattr(magic(descriptor).path, name, value, size, 0);
}
int harden_removexattr(int descriptor, const char *name) { return removexattr(magic(descriptor).path, name); }

int harden_lease(int descriptor) {
  int file = open(magic(descriptor).path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return -1;
  // Whoever waits for it has the kernel send a signal: SIGIO would end this process, SIGURG does nothing.
  if (fcntl(file, F_SETSIG, SIGURG) == 0 && fcntl(file, F_SETLEASE, F_RDLCK) == 0) return file;
  int code = errno;
  close(file);
  errno = code;
  return -1;
}

int harden_syncfs(int descriptor) { return syncfs(descriptor); }

int harden_inode_flags(int descriptor, long *flags) {
  int value = 0;  // the kernel writes an int, whatever the request's name says: ioctl_iflags(2)
  int result = ioctl(descriptor, FS_IOC_GETFLAGS, &value);
  *flags = value;
  return result;
}

#define FOUND(call, entry)                                \
  char *room = NULL;                                      \
  size_t size_ = 1024;                                    \
  int error;                                              \
  do {                                                    \
    size_ *= 4;                                           \
    free(room);                                           \
    if (!(room = malloc(size_))) return -1;               \
    error = (call);                                       \
  } while (error == ERANGE && size_ < (1u << 24));        \
  if (error != 0 && error != ENOENT && error != ESRCH) {  \
    free(room);                                           \
    errno = error;                                        \
    return -1;                                            \
  }                                                       \
  if (!entry) {                                           \
    free(room);                                           \
    return 1;                                             \
  }

int harden_user_id(const char *name, uint32_t *user, uint32_t *group) {
  struct passwd value, *entry = NULL;
  FOUND(getpwnam_r(name, &value, room, size_, &entry), entry)
  *user = entry->pw_uid;
  *group = entry->pw_gid;
  free(room);
  return 0;
}
int harden_group_id(const char *name, uint32_t *group) {
  struct group value, *entry = NULL;
  FOUND(getgrnam_r(name, &value, room, size_, &entry), entry)
  *group = entry->gr_gid;
  free(room);
  return 0;
}
int harden_user_name(uint32_t user, char *buffer, size_t size) {
  struct passwd value, *entry = NULL;
  FOUND(getpwuid_r(user, &value, room, size_, &entry), entry)
  snprintf(buffer, size, "%s", entry->pw_name);
  free(room);
  return 0;
}
int harden_group_name(uint32_t group, char *buffer, size_t size) {
  struct group value, *entry = NULL;
  FOUND(getgrgid_r(group, &value, room, size_, &entry), entry)
  snprintf(buffer, size, "%s", entry->gr_name);
  free(room);
  return 0;
}

int harden_lock_accounts(void) { return lckpwdf(); }
int harden_unlock_accounts(void) { return ulckpwdf(); }

ssize_t harden_random(void *buffer, size_t size) { return getrandom(buffer, size, 0); }
