/* Preloaded into a test's process: while the file that LINESIDE_DISK_FAULT names holds an error number, writing to
 * any file whose path contains LINESIDE_DISK_FAULT_PATH fails with it, and so do syncing and growing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fault(int fd) {
  const char *control = getenv("LINESIDE_DISK_FAULT"), *part = getenv("LINESIDE_DISK_FAULT_PATH");
  char link[64], path[4096], text[16] = "";
  if (!control || !part) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  if (!strstr(path, part)) return 0;
  int file = open(control, O_RDONLY);
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  return size > 0 ? atoi(text) : 0;
}

#define FAIL(fd) do { int e = fault(fd); if (e) { errno = e; return -1; } } while (0)
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size) { REAL(write); FAIL(fd); return real(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { REAL(pwrite); FAIL(fd); return real(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  REAL(pwrite64); FAIL(fd); return real(fd, data, size, at);
}
int fsync(int fd) { REAL(fsync); FAIL(fd); return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); FAIL(fd); return real(fd); }
int ftruncate(int fd, off_t size) { REAL(ftruncate); FAIL(fd); return real(fd, size); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); FAIL(fd); return real(fd, size); }
