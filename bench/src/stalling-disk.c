/* Stands before the C library's fdatasync and fsync: every second call takes two seconds longer, as on a card that is
   busy with itself. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int calls;

static void stall(void) {
  if (atomic_fetch_add(&calls, 1) % 2 == 1) sleep(2);
}

int fdatasync(int file) {
  stall();
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  return real(file);
}

int fsync(int file) {
  stall();
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  return real(file);
}
