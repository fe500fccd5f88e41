/*
 * disk: the storage of one simulated machine, in memory: files of pages that copies share,
 * and the difference between what a program has written and what would survive a power cut.
 *
 * Every change is one operation and is counted; a fuse lets the machine lose power at the
 * k-th from now. From then on nothing works until disk_settle says what was kept: all that
 * was synced, and of the writes after that a random part, each possibly torn between two
 * sectors. A disk can also be full for a while. Not here: SQLite (vfs), lib/os (os_sim).
 */
#ifndef KK_TESTS_SIM_DISK_H
#define KK_TESTS_SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/rng.h"

enum { DISK_PAGE = 4096, DISK_SECTOR = 512 };

struct disk;
struct disk_file;

enum disk_rc {
	DISK_OK,
	DISK_NONE,  /* no such file */
	DISK_FULL,  /* no space: nothing was changed */
	DISK_FAILED /* an error of the device: nothing was changed */
};

struct disk *disk_new(void);
void disk_free(struct disk *d); /* no file of it is open any more */
/* What is readable now, as another disk: an image taken of it. */
struct disk *disk_copy(const struct disk *d);

/* ---- trouble ---- */

/* The power goes at the k-th operation from now (1: the next); 0: not at all. */
void disk_fuse(struct disk *d, int64_t k);
bool disk_dead(const struct disk *d);
/* The next n operations that need space fail for want of it. */
void disk_fill(struct disk *d, int64_t n);
/* The next n operations fail as if the device were bad, and the machine lives on. */
void disk_spoil(struct disk *d, int64_t n);
/* After a power cut, all files closed: what survived is what is there. The power is back. */
void disk_settle(struct disk *d, struct rng *r);
int64_t disk_ops(const struct disk *d); /* so far */

/* ---- files ---- */

/* Opened, made when missing and `make`; *ret is closed with disk_close. */
enum disk_rc disk_open(struct disk *d, const char *path, bool make, struct disk_file **ret);
void disk_close(struct disk_file *f);
int64_t disk_size(const struct disk_file *f);
/* Up to len bytes; the number read. */
size_t disk_read(const struct disk_file *f, int64_t at, void *p, size_t len);
enum disk_rc disk_write(struct disk_file *f, int64_t at, const void *p, size_t len);
enum disk_rc disk_truncate(struct disk_file *f, int64_t size);
enum disk_rc disk_sync(struct disk_file *f);
struct disk *disk_of(const struct disk_file *f);
/* A place for the locks SQLite keeps of this file; NULL at first. */
void **disk_slot(struct disk_file *f);

/* ---- names ---- */

bool disk_exists(const struct disk *d, const char *path); /* file or folder */
bool disk_is_dir(const struct disk *d, const char *path);
enum disk_rc disk_mkdir(struct disk *d, const char *path);
enum disk_rc disk_remove(struct disk *d, const char *path);
enum disk_rc disk_rename(struct disk *d, const char *from, const char *to);
/* Full path of the i-th file or folder in order of their names; NULL past the end. */
const char *disk_name(const struct disk *d, size_t i);

#endif
