#pragma once
#include <stddef.h>
#include <sys/types.h>

// Starting children: posix_spawn(3) with GNU's extensions, pidfd_open(2), memfd_create(2).

/// A pipe whose ends are closed on exec; the reading end never blocks. Returns 0 or an errno.
int harden_pipe(int *reading, int *writing);
/// An unnamed file in memory with this text, positioned at its start, closed on exec; -1 on failure.
int harden_memory_file(const char *text, size_t length);
/// A new terminal of that size, at whose far end nobody is: the end that a terminal program has, -1 on failure. What runs
/// in the terminal has the other one; both are closed on exec.
int harden_terminal(unsigned short rows, unsigned short columns, int *terminal);
/// Starts a program in a session and process group of its own, away from any terminal but the one given (-1: none), with
/// these three standard streams, no other descriptor, the default action for every signal and none blocked. Returns 0 or
/// an errno.
int harden_spawn(
    const char *path, char *const arguments[], char *const environment[], int input, int output, int errors,
    int terminal, pid_t *child);
/// A descriptor that turns readable when the process ends; -1 on failure. Linux 5.3.
int harden_pidfd(pid_t process);
/// The exit code of a child that ended and was not reaped, which it is not by this either; 128 + n after signal n. -1
/// when it lives or was reaped.
int harden_exit_code(pid_t child);
