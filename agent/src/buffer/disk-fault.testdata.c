/* Preloaded into a test's process: while the file that LINESIDE_DISK_FAULT names holds an error number, writing to
 * any file whose path contains LINESIDE_DISK_FAULT_PATH fails with it, and so do syncing, growing, and making files,
 * folders and sockets; on a file system that is read-only files that are there can't be opened for writing either. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

static int number(void) {
  char text[16] = "";
  const char *control = getenv("LINESIDE_DISK_FAULT");
  int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  int file = control ? real(control, O_RDONLY) : -1;
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  return size > 0 ? atoi(text) : 0;
}

static int concerns(const char *path) {
  const char *part = getenv("LINESIDE_DISK_FAULT_PATH");
  return path && part && strstr(path, part) != NULL;
}

static int fault(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return concerns(path) ? number() : 0;
}

static int fault_at(const char *path) { return concerns(path) ? number() : 0; }

static int fault_of_open(const char *path, int flags) {
  if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT)) return 0;
  int e = fault_at(path);
  if (e == EROFS) return e;
  return (flags & O_CREAT) && access(path, F_OK) != 0 ? e : 0;
}

#define FAIL(e) do { int no = e; if (no) { errno = no; return -1; } } while (0)
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size) { REAL(write); FAIL(fault(fd)); return real(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  REAL(pwrite); FAIL(fault(fd)); return real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  REAL(pwrite64); FAIL(fault(fd)); return real(fd, data, size, at);
}
int fsync(int fd) { REAL(fsync); FAIL(fault(fd)); return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); FAIL(fault(fd)); return real(fd); }
int ftruncate(int fd, off_t size) { REAL(ftruncate); FAIL(fault(fd)); return real(fd, size); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); FAIL(fault(fd)); return real(fd, size); }

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = va_arg(more, mode_t); \
    va_end(more); \
    REAL(name); \
    FAIL(fault_of_open(path, flags)); \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int mkdir(const char *path, mode_t mode) { REAL(mkdir); FAIL(fault_at(path)); return real(path, mode); }
int unlink(const char *path) { REAL(unlink); FAIL(access(path, F_OK) == 0 ? fault_at(path) : 0); return real(path); }
int rename(const char *from, const char *to) { REAL(rename); FAIL(fault_at(to)); return real(from, to); }
int bind(int fd, const struct sockaddr *address, socklen_t size) {
  REAL(bind);
  if (address->sa_family == AF_UNIX) FAIL(fault_at(((const struct sockaddr_un *)address)->sun_path));
  return real(fd, address, size);
}
