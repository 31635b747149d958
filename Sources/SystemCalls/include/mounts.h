#pragma once

// Mount namespaces: mount(2), unshare(2), which Swift's Glibc module does not import. All return 0 or an errno.

/// Gives the calling process a mount namespace of its own, from which nothing propagates back.
int harden_private_mounts(void);
/// Mounts an empty tmpfs (root only, no set-id, no devices) on a directory.
int harden_mount_tmpfs(const char *directory);
/// Binds a file or a directory, with the mounts beneath it, over another one.
int harden_bind(const char *source, const char *target);
/// Takes the topmost mount off a path; what was bound from it stays.
int harden_detach(const char *path);
/// Makes a directory the root of the calling process, and its working directory.
int harden_change_root(const char *directory);
