// Debian 13's Swift is made for glibc 2.38. The few functions that its static libraries want from that release are
// given here in terms of older ones, so that the binary also runs where only 2.35 is. scripts/build-release links it
// in where it is needed and fails if anything newer is left.

#undef _GNU_SOURCE // or the headers turn strtol into __isoc23_strtol again
#define _DEFAULT_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Hidden: a visible fmod would also catch the call of the older one below, and call itself for ever.
#pragma GCC visibility push(hidden)

// The newer ones also read "0b1": nothing in here parses that.
long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }
unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }

int __isoc23_sscanf(const char *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int count = vsscanf(text, format, arguments);
  va_end(arguments);
  return count;
}

size_t strlcpy(char *to, const char *from, size_t room) {
  size_t length = strlen(from);
  if (room > 0) {
    size_t kept = length < room ? length : room - 1;
    memcpy(to, from, kept);
    to[kept] = '\0';
  }
  return length;
}

size_t strlcat(char *to, const char *from, size_t room) {
  size_t before = strnlen(to, room);
  return before + strlcpy(to + before, from, room - before);
}

// The same functions under the version that every glibc of the architecture has had from the start.
#if defined(__x86_64__)
#define FIRST "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define FIRST "GLIBC_2.17"
#else
#error "name the first glibc version of this architecture here"
#endif
#pragma GCC visibility push(default)
double first_fmod(double, double);
float first_fmodf(float, float);
#pragma GCC visibility pop
__asm__(".symver first_fmod, fmod@" FIRST);
__asm__(".symver first_fmodf, fmodf@" FIRST);
double fmod(double x, double y) { return first_fmod(x, y); }
float fmodf(float x, float y) { return first_fmodf(x, y); }
