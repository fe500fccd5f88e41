/*
 * os_posix: what the POSIX files of lib/os.h share. Only lib/os_posix*.c include it; everyone
 * else uses lib/os.h.
 */
#ifndef KK_LIB_OS_POSIX_H
#define KK_LIB_OS_POSIX_H

#include <sys/types.h>

#include "lib/os.h"

enum rc os_posix_no_memory(struct err *reterr);
/* The failure errno `no` stands for, of `path` (any name people know the thing by). */
enum rc os_posix_fail(struct err *reterr, int no, const char *path);
/* Close and forget a descriptor; -1 is fine. */
void os_posix_close(int *fd);
/* Milliseconds left until `end` (monotonic) as a poll timeout; never negative. */
int os_posix_left_ms(int64_t end);
/* open, read and write that go on after a signal. */
int os_posix_open(const char *path, int flags);
ssize_t os_posix_read_some(int fd, void *p, size_t len);
int os_posix_write_all(int fd, struct span s); /* 0, or -1 with errno */
/* Append all that fd still gives; *retbuf as before on failure. */
enum rc os_posix_read_all(int fd, const char *path, struct buf *retbuf, struct err *reterr);
/* A failing lock is a bug of ours that no caller could handle. */
void os_posix_must(int n, const char *what);

#endif
