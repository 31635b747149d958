#define _GNU_SOURCE
#include "processes.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int harden_pipe(int *reading, int *writing) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *reading = ends[0];
  *writing = ends[1];
  return 0;
}

int harden_memory_file(const char *text, size_t length) {
  int file = memfd_create("input", MFD_CLOEXEC);
  if (file < 0) return -1;
  for (size_t done = 0; done < length;) {
    ssize_t written = write(file, text + done, length - done);
    if (written < 0 && errno != EINTR) {
      close(file);
      return -1;
    }
    if (written > 0) done += (size_t)written;
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

int harden_terminal(unsigned short rows, unsigned short columns, int *terminal) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return -1;
  char name[64];
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  *terminal = -1;
  if (grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, name, sizeof name) == 0)
    *terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*terminal < 0) {
    close(master);
    return -1;
  }
  ioctl(*terminal, TIOCSWINSZ, &size);
  return master;
}

int harden_spawn(
    const char *path, char *const arguments[], char *const environment[], int input, int output, int errors,
    int terminal, pid_t *child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  int failure = posix_spawn_file_actions_init(&actions);
  if (failure != 0) return failure;
  failure = posix_spawnattr_init(&attributes);
  if (failure != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return failure;
  }
  if (input >= 0)
    posix_spawn_file_actions_adddup2(&actions, input, 0);
  else
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, errors, 2);
  // The first terminal that the leader of a session opens becomes the one that it is controlled by.
  char name[64];
  if (terminal >= 0 && ttyname_r(terminal, name, sizeof name) == 0)
    posix_spawn_file_actions_addopen(&actions, 3, name, O_RDWR, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  failure = posix_spawn(child, path, &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return failure;
}

int harden_exit_code(pid_t child) {
  siginfo_t end = {0};
  if (waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT | WNOHANG) != 0 || end.si_pid != child) return -1;
  return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}

int harden_pidfd(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }
