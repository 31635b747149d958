#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Flags of open(2) that Swift's Glibc module leaves out.
extern const int harden_o_path;

// openat2(2); -1 with ENOSYS before Linux 5.6.
int harden_openat2(int directory, const char *path, int flags, uint32_t mode, uint64_t resolve);
extern const uint64_t harden_resolve_no_symlinks;
extern const uint64_t harden_resolve_no_crossing;

// getdents64(2): names as bytes, no allocation per entry.
ssize_t harden_getdents(int directory, void *buffer, size_t size);

// Change the inode that a descriptor (O_PATH too) stands for, whatever its name points at by now.
int harden_chown(int descriptor, uint32_t user, uint32_t group);
int harden_chmod(int descriptor, uint32_t mode);
ssize_t harden_readlink(int descriptor, void *buffer, size_t size);
ssize_t harden_listxattr(int descriptor, void *buffer, size_t size);
ssize_t harden_getxattr(int descriptor, const char *name, void *buffer, size_t size);
int harden_setxattr(int descriptor, const char *name, const void *value, size_t size);
int harden_removexattr(int descriptor, const char *name);

// A read lease (fcntl(2), F_SETLEASE): nobody has the file open for writing, and whoever wants to waits until the
// returned descriptor is closed. Negative with errno set where somebody has, or the file system knows no leases.
int harden_lease(int descriptor);

// syncfs(2): waits until all that was changed on the descriptor's file system is written.
int harden_syncfs(int descriptor);

// FS_IOC_GETFLAGS: the attributes that lsattr(1) shows.
int harden_inode_flags(int descriptor, long *flags);
extern const long harden_flag_immutable;
extern const long harden_flag_append_only;

// Name services. 0 when found, 1 when there is no such name, -1 with errno.
int harden_user_id(const char *name, uint32_t *user, uint32_t *group);
int harden_group_id(const char *name, uint32_t *group);
int harden_user_name(uint32_t user, char *buffer, size_t size);
int harden_group_name(uint32_t group, char *buffer, size_t size);

// lckpwdf(3), the lock that useradd and passwd take; waits up to 15 seconds.
int harden_lock_accounts(void);
int harden_unlock_accounts(void);

ssize_t harden_random(void *buffer, size_t size);
