// Stands between a program and the file system (LD_PRELOAD): records every change below a folder
// with its bytes, and makes chosen calls fail.
//
//   STORAGE_SHIM_FOLDER  changes below this folder matter; an absolute path without links
//   STORAGE_SHIM_RECORD  where the record goes, in the format of scripts/storage_record.py
//   STORAGE_SHIM_FAULT   what to do: ENOSPC, EIO, EIO-SYNC, EROFS or KILL; or SYNC-LIES, a sync
//                        that fails and says nothing
//   STORAGE_SHIM_AT      from the n-th call on that the fault concerns (1 is the first);
//                        KILL: at the n-th
//   STORAGE_SHIM_CALLS   at most so many calls fail; not given: no limit
//   STORAGE_SHIM_WHILE   the fault lasts as long as this file exists
//
// A write to standard output is a mark in the record: the program's word that something is safe.
// It is recorded before it is carried out; every other call after it was. One lock around call
// and record makes the order of the record the order of the calls.
//
// Not recorded: changes through mmap. SQLite makes none but those to its -shm file, which it
// rebuilds from the log.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 4096, MAX_FILES = 4096, FOLDER = -1 };

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);
static int (*real_mkdir)(const char *, mode_t);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
#include "record.h"
#include "faults.h"

// 0: not below the folder. FOLDER: a folder. Otherwise the number of the file.
static int descriptor_file[MAX_DESCRIPTORS];
static struct { dev_t device; ino_t inode; } files[MAX_FILES];
static int file_count;

static void find(void *function, const char *name) {
    *(void **)function = dlsym(RTLD_NEXT, name);
    if (*(void **)function == NULL) {
        fprintf(stderr, "storage-shim: no %s\n", name);
        abort();
    }
}

__attribute__((constructor)) static void start(void) {
    if (real_open != NULL) return;
    find(&real_openat, "openat");
    find(&real_close, "close");
    find(&real_write, "write");
    find(&real_writev, "writev");
    find(&real_pwrite, "pwrite");
    find(&real_ftruncate, "ftruncate");
    find(&real_fsync, "fsync");
    find(&real_fdatasync, "fdatasync");
    find(&real_rename, "rename");
    find(&real_unlink, "unlink");
    find(&real_mkdir, "mkdir");
    find(&real_open, "open");
    folder = getenv("STORAGE_SHIM_FOLDER");
    fault = getenv("STORAGE_SHIM_FAULT");
    fault_while = getenv("STORAGE_SHIM_WHILE");
    const char *at = getenv("STORAGE_SHIM_AT");
    if (at != NULL) fault_at = atol(at);
    const char *calls = getenv("STORAGE_SHIM_CALLS");
    if (calls != NULL) faults_left = atol(calls);
    const char *record_path = getenv("STORAGE_SHIM_RECORD");
    if (record_path != NULL) {
        record_descriptor = real_open(record_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (record_descriptor < 0) {
            perror("storage-shim: STORAGE_SHIM_RECORD");
            abort();
        }
    }
}

// MARK: Paths and descriptors

static int is_below(const char *path) {
    size_t length = folder == NULL ? 0 : strlen(folder);
    return length > 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/// The path without links and dots, whether its last part exists or not. 0: not below the folder.
static int resolve(const char *path, char *result) {
    if (folder == NULL) return 0;
    int saved = errno, found = 0;
    char parent[PATH_MAX], real_parent[PATH_MAX];
    if (realpath(path, result) != NULL) {
        found = is_below(result);
    } else if (strlen(path) < PATH_MAX) {
        strcpy(parent, path);
        size_t length = strlen(parent);
        while (length > 1 && parent[length - 1] == '/') parent[--length] = 0;
        char *slash = strrchr(parent, '/');
        const char *name = slash == NULL ? parent : slash + 1;
        char last[NAME_MAX + 1];
        snprintf(last, sizeof last, "%s", name);
        if (slash == NULL) strcpy(parent, "."); else if (slash == parent) parent[1] = 0; else *slash = 0;
        if (realpath(parent, real_parent) != NULL && strlen(real_parent) + strlen(last) + 2 < PATH_MAX) {
            strcpy(result, real_parent);
            if (strcmp(real_parent, "/") != 0) strcat(result, "/");
            strcat(result, last);
            found = is_below(result);
        }
    }
    errno = saved;
    return found;
}

static int file_of(int descriptor) {
    return descriptor >= 0 && descriptor < MAX_DESCRIPTORS ? descriptor_file[descriptor] : 0;
}

static int number_of(const struct stat *status, int is_new) {
    if (!is_new) {
        for (int index = file_count - 1; index >= 0; index--)
            if (files[index].device == status->st_dev && files[index].inode == status->st_ino) return index + 1;
    }
    if (file_count == MAX_FILES) abort();
    files[file_count].device = status->st_dev;
    files[file_count].inode = status->st_ino;
    return ++file_count;
}

// MARK: The calls

static int opened(int descriptor, int existed, int truncates, const char *path) {
    struct stat status;
    if (descriptor >= MAX_DESCRIPTORS || fstat(descriptor, &status) != 0) abort();
    if (S_ISDIR(status.st_mode)) {
        descriptor_file[descriptor] = FOLDER;
    } else if (S_ISREG(status.st_mode)) {
        int file = number_of(&status, !existed);
        descriptor_file[descriptor] = file;
        record(existed ? OP_OPEN : OP_CREATE, 0, file, (uint64_t)status.st_size, path, NULL, 0);
        if (existed && truncates) record(OP_TRUNCATE, 0, file, 0, NULL, NULL, 0);
    }
    return descriptor;
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
    start();
    char resolved[PATH_MAX];
    if ((at != AT_FDCWD && path[0] != '/') || !resolve(path, resolved)) return real_openat(at, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat status;
    int saved = errno;
    int existed = stat(resolved, &status) == 0;
    errno = saved;
    int code = 0, result = -1;
    if (!existed && (flags & O_CREAT)) code = fault_of(CALL_CREATE);
    else if (flags & O_TRUNC) code = fault_of(CALL_WRITE);
    else if ((flags & O_ACCMODE) != O_RDONLY) code = fault_of(CALL_OPEN_TO_WRITE);
    if (code == -1) die();
    if (code != 0) errno = code;
    else {
        result = real_openat(at, path, flags, mode);
        if (result >= 0) opened(result, existed, (flags & O_TRUNC) != 0, resolved);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static mode_t mode_of(int flags, va_list arguments) {
    return (flags & (O_CREAT | O_TMPFILE)) ? (mode_t)va_arg(arguments, int) : 0;
}

#define OPEN(name)                                              \
    int name(const char *path, int flags, ...) {                \
        va_list arguments;                                      \
        va_start(arguments, flags);                             \
        mode_t mode = mode_of(flags, arguments);                \
        va_end(arguments);                                      \
        return open_at(AT_FDCWD, path, flags, mode);            \
    }
#define OPENAT(name)                                            \
    int name(int at, const char *path, int flags, ...) {        \
        va_list arguments;                                      \
        va_start(arguments, flags);                             \
        mode_t mode = mode_of(flags, arguments);                \
        va_end(arguments);                                      \
        return open_at(at, path, flags, mode);                  \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int descriptor) {
    start();
    if (file_of(descriptor) == 0) return real_close(descriptor);
    pthread_mutex_lock(&lock);
    descriptor_file[descriptor] = 0;
    int result = real_close(descriptor);
    pthread_mutex_unlock(&lock);
    return result;
}

/// A write fails halfway: its first half reaches the file. A full disk says so by a short count
/// first, a broken one does not.
static ssize_t write_at(int descriptor, const void *bytes, size_t count, off_t offset) {
    pthread_mutex_lock(&lock);
    int file = file_of(descriptor);
    int code = fault_of(CALL_WRITE);
    size_t part = code == 0 ? count : count / 2;
    ssize_t result = part == 0 ? 0 : real_pwrite(descriptor, bytes, part, offset);
    if (result > 0) record(OP_WRITE, code != 0, file, (uint64_t)offset, NULL, bytes, (size_t)result);
    if (code == -1) die();
    if (code != 0 && (code != ENOSPC || part == 0)) {
        errno = code;
        result = -1;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    start();
    if (file_of(descriptor) <= 0) return real_pwrite(descriptor, bytes, count, offset);
    return write_at(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return pwrite(descriptor, bytes, count, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    start();
    if (descriptor == STDOUT_FILENO && record_descriptor >= 0) {
        pthread_mutex_lock(&lock);
        record(OP_MARK, 0, 0, 0, NULL, bytes, count);
        ssize_t result = real_write(descriptor, bytes, count);
        pthread_mutex_unlock(&lock);
        return result;
    }
    if (file_of(descriptor) <= 0) return real_write(descriptor, bytes, count);
    off_t offset = lseek(descriptor, 0, (fcntl(descriptor, F_GETFL) & O_APPEND) ? SEEK_END : SEEK_CUR);
    ssize_t result = write_at(descriptor, bytes, count, offset);
    if (result > 0) lseek(descriptor, offset + result, SEEK_SET);
    return result;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    start();
    if (file_of(descriptor) <= 0) return real_writev(descriptor, parts, count);
    // Part by part, so that each is recorded.
    ssize_t sum = 0;
    for (int index = 0; index < count; index++) {
        ssize_t written = write(descriptor, parts[index].iov_base, parts[index].iov_len);
        if (written < 0) return sum > 0 ? sum : -1;
        sum += written;
        if ((size_t)written < parts[index].iov_len) break;
    }
    return sum;
}

int ftruncate(int descriptor, off_t size) {
    start();
    if (file_of(descriptor) <= 0) return real_ftruncate(descriptor, size);
    pthread_mutex_lock(&lock);
    int code = fault_of(CALL_WRITE), result = -1;
    if (code == -1) die();
    if (code != 0) errno = code;
    else {
        result = real_ftruncate(descriptor, size);
        if (result == 0) record(OP_TRUNCATE, 0, file_of(descriptor), (uint64_t)size, NULL, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate64(int descriptor, off64_t size) { return ftruncate(descriptor, size); }

/// A failed sync is recorded too: what it should have made durable may be lost for good, and the
/// next sync says nothing about it.
static int synchronize(int descriptor, int (*call)(int)) {
    pthread_mutex_lock(&lock);
    int file = file_of(descriptor);
    int code = fault_of(CALL_SYNC);
    if (code == -1) die();
    int result = code == 0 ? call(descriptor) : code == LIE ? 0 : -1;
    if (code > 0) errno = code;
    int saved = errno, failed = result != 0 || code == LIE;
    if (file == FOLDER) {
        char link[64], path[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        ssize_t length = readlink(link, path, sizeof path - 1);
        if (length > 0) {
            path[length] = 0;
            record(OP_SYNC_FOLDER, failed, 0, 0, path, NULL, 0);
        }
    } else {
        record(OP_SYNC, failed, file, 0, NULL, NULL, 0);
    }
    errno = saved;
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int descriptor) {
    start();
    return file_of(descriptor) == 0 ? real_fsync(descriptor) : synchronize(descriptor, real_fsync);
}

int fdatasync(int descriptor) {
    start();
    return file_of(descriptor) == 0 ? real_fdatasync(descriptor) : synchronize(descriptor, real_fdatasync);
}

int rename(const char *from, const char *to) {
    start();
    char resolved_from[PATH_MAX], resolved_to[PATH_MAX];
    int ours = resolve(from, resolved_from);
    if (!resolve(to, resolved_to) || !ours) return real_rename(from, to);
    pthread_mutex_lock(&lock);
    int code = fault_of(CALL_REMOVE), result = -1;
    if (code == -1) die();
    if (code != 0) errno = code;
    else {
        result = real_rename(from, to);
        if (result == 0) record(OP_RENAME, 0, 0, 0, resolved_from, resolved_to, strlen(resolved_to));
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int unlink(const char *path) {
    start();
    char resolved[PATH_MAX];
    if (!resolve(path, resolved)) return real_unlink(path);
    pthread_mutex_lock(&lock);
    int code = fault_of(CALL_REMOVE), result = -1;
    if (code == -1) die();
    if (code != 0) errno = code;
    else {
        result = real_unlink(path);
        if (result == 0) record(OP_UNLINK, 0, 0, 0, resolved, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int mkdir(const char *path, mode_t mode) {
    start();
    char resolved[PATH_MAX];
    if (!resolve(path, resolved)) return real_mkdir(path, mode);
    pthread_mutex_lock(&lock);
    int code = fault_of(CALL_CREATE), result = -1;
    if (code == -1) die();
    if (code != 0) errno = code;
    else {
        result = real_mkdir(path, mode);
        if (result == 0) record(OP_MKDIR, 0, 0, 0, resolved, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}
