// Preloaded into a process: writes down, in the order in which they took effect, all changes to files below
// LINESIDE_RECORD_ROOT, and what is written to LINESIDE_RECORD_MARKS, into LINESIDE_RECORD_LOG.
// Each record: op, two lengths, id, number (see recording.ts), then two byte strings.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, RENAME, UNLINK, MKDIR, MARK };
enum { MAX_FD = 4096, MAX_INODES = 4096 };

struct record { uint32_t op, first, second, spare; uint64_t id, number; };
struct known { uint64_t inode, id; };
struct open_file { uint64_t id; char *folder; int marks; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known inodes[MAX_INODES];
static int inode_count;
static uint64_t last_id;
static struct open_file files[MAX_FD];
static int log_fd = -2;


static int below_root(const char *path) {
  const char *root = getenv("LINESIDE_RECORD_ROOT");
  size_t length = root ? strlen(root) : 0;
  return length && path && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static void put(uint32_t op, uint64_t id, uint64_t number, const void *a, size_t a_length, const void *b, size_t b_length) {
  if (log_fd == -2) log_fd = syscall(SYS_openat, AT_FDCWD, getenv("LINESIDE_RECORD_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct record head = {op, a_length, b_length, 0, id, number};
  struct iovec parts[3] = {{&head, sizeof head}, {(void *)a, a_length}, {(void *)b, b_length}};
  if (syscall(SYS_writev, log_fd, parts, 3) != (long)(sizeof head + a_length + b_length)) abort();
}

static void put_path(uint32_t op, uint64_t id, const char *a, const char *b) {
  put(op, id, 0, a, strlen(a), b ? b : "", b ? strlen(b) : 0);
}

static uint64_t id_of(uint64_t inode, int is_new) {
  for (int i = 0; i < inode_count; i++) {
    if (inodes[i].inode != inode) continue;
    if (is_new) inodes[i].id = ++last_id;
    return inodes[i].id;
  }
  if (inode_count == MAX_INODES) abort();
  inodes[inode_count++] = (struct known){inode, ++last_id};
  return last_id;
}

static void opened(int fd, const char *path, int flags, int was_there) {
  if (fd < 0 || fd >= MAX_FD) return;
  const char *marks = getenv("LINESIDE_RECORD_MARKS");
  files[fd] = (struct open_file){0};
  if (marks && strcmp(path, marks) == 0) files[fd].marks = 1;
  if (!below_root(path)) return;
  struct stat found;
  if (fstat(fd, &found) != 0) return;
  if (S_ISDIR(found.st_mode)) {
    files[fd].folder = strdup(path);
    return;
  }
  uint64_t id = id_of(found.st_ino, !was_there);
  files[fd].id = id;
  if (!was_there) put_path(CREATE, id, path, NULL);
  else if (flags & O_TRUNC) put(TRUNCATE, id, 0, "", 0, "", 0);
}

static int open_any(const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&lock);
  int was_there = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
  int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  int saved = errno;
  opened(fd, path, flags, was_there);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return fd;
}

#define MODE(flags) ({ mode_t mode_ = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode_ = va_arg(rest, mode_t); va_end(rest); } mode_; })
int open(const char *path, int flags, ...) { return open_any(path, flags, MODE(flags)); }
int open64(const char *path, int flags, ...) { return open_any(path, flags | O_LARGEFILE, MODE(flags)); }
int openat(int at, const char *path, int flags, ...) {
  mode_t mode = MODE(flags);
  return at == AT_FDCWD || path[0] == '/' ? open_any(path, flags, mode) : (int)syscall(SYS_openat, at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...) { return openat(at, path, flags, MODE(flags)); }

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < MAX_FD) {
    free(files[fd].folder);
    files[fd] = (struct open_file){0};
  }
  int result = syscall(SYS_close, fd);
  pthread_mutex_unlock(&lock);
  return result;
}

static void wrote(int fd, const void *bytes, ssize_t length, off_t at) {
  if (fd < 0 || fd >= MAX_FD || length <= 0) return;
  if (files[fd].marks) put(MARK, 0, 0, bytes, length, "", 0);
  else if (files[fd].id) put(WRITE, files[fd].id, at, bytes, length, "", 0);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (fd < 0 || fd >= MAX_FD || (!files[fd].id && !files[fd].marks)) return syscall(SYS_write, fd, bytes, length);
  pthread_mutex_lock(&lock);
  ssize_t done = syscall(SYS_write, fd, bytes, length);
  // The position behind it also holds for a file that is open for appending.
  wrote(fd, bytes, done, lseek(fd, 0, SEEK_CUR) - (done > 0 ? done : 0));
  pthread_mutex_unlock(&lock);
  return done;
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  pthread_mutex_lock(&lock);
  ssize_t done = syscall(SYS_pwrite64, fd, bytes, length, at);
  wrote(fd, bytes, done, at);
  pthread_mutex_unlock(&lock);
  return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

int ftruncate64(int fd, off64_t size) {
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_ftruncate, fd, size);
  if (result == 0 && fd < MAX_FD && files[fd].id) put(TRUNCATE, files[fd].id, size, "", 0, "", 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int sync_any(int fd, long call) {
  pthread_mutex_lock(&lock);
  int result = syscall(call, fd);
  if (result == 0 && fd < MAX_FD && files[fd].folder) put_path(SYNC_FOLDER, 0, files[fd].folder, NULL);
  else if (result == 0 && fd < MAX_FD && files[fd].id) put(SYNC, files[fd].id, 0, "", 0, "", 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int fsync(int fd) { return sync_any(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_any(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  if (result == 0 && below_root(from)) put_path(RENAME, 0, from, to);
  pthread_mutex_unlock(&lock);
  return result;
}

static int unlink_any(int at, const char *path, int flags) {
  char full[8192];
  snprintf(full, sizeof full, "%s", path);
  if (at != AT_FDCWD && path[0] != '/') {
    char link[64], folder[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, folder, sizeof folder - 1);
    if (length > 0) {
      folder[length] = 0;
      snprintf(full, sizeof full, "%s/%s", folder, path);
    }
  }
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_unlinkat, at, path, flags);
  if (result == 0 && below_root(full)) put_path(UNLINK, 0, full, NULL);
  pthread_mutex_unlock(&lock);
  return result;
}
int unlink(const char *path) { return unlink_any(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return unlink_any(at, path, flags); }
int rmdir(const char *path) { return unlink_any(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
  struct stat found;
  int is_folder = lstat(path, &found) == 0 && S_ISDIR(found.st_mode);
  return unlink_any(AT_FDCWD, path, is_folder ? AT_REMOVEDIR : 0);
}

int mkdir(const char *path, mode_t mode) {
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  if (result == 0 && below_root(path)) put_path(MKDIR, 0, path, NULL);
  pthread_mutex_unlock(&lock);
  return result;
}
