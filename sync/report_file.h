/*
 * report_file: a report as a file that anybody can check: every leaf it counts, the catalogues, the
 * checkpoint. Clause R10.
 *
 * JSON lines, so that other tools read them too. All leaves are in it, because only then can one
 * see that none was left out. Checking needs the root's public key and nothing else. Not
 * here: the collector's archive.
 */
#ifndef KK_SYNC_REPORT_FILE_H
#define KK_SYNC_REPORT_FILE_H

#include "sync/note.h"
#include "sync/report.h"

struct report_head {
	struct report_issue issue; /* previous is what the file says */
	struct span checkpoint;    /* the note's text */
	struct span line;          /* of the entry of the issue, empty when it was not frozen */
};

/* ---- writing: append one line each ---- */

void report_file_head(const struct report_head *h, struct buf *out);
void report_file_blob(const uint8_t sha[CRYPT_HASH_LEN], struct span text, struct buf *out);
void report_file_line(struct span line, struct buf *out);
/* The file of a frozen issue, where entries it counted were erased since. */
void report_file_text(struct span csv, struct buf *out);

/* ---- checking ---- */

/* Does the file begin like one? False also when it cannot be read. */
bool report_file_is(const char *path);

struct report_file_check {
	const uint8_t *root;              /* public key of the root of keys, 32 bytes */
	const struct note_policy *policy; /* witnesses asked for; NULL: none */
	void *ctx;
	/*
	 * Something is wrong: id and index of the entry, or NULL and -1; number of the line from 1, 0:
	 * of no line.
	 */
	void (*fail)(void *ctx, const uint8_t *id, int64_t index, int64_t line,
		     const struct err *why);
	void (*progress)(void *ctx, int64_t done, int64_t total);
	/* found */
	int64_t entries, signatures;
	bool frozen;              /* an issue by a reporter says this hash */
	int64_t erased;           /* entries that were erased after the issue */
	struct report *report;    /* NULL when it was not made, or is another than the issue's; the caller frees */
	uint8_t csv[CRYPT_HASH_LEN];
};
/*
 * Check every line, then make the report again and compare. What does not hold is told to
 * fail, clause by clause; errors are only those of reading the file, RC_NOMEM, RC_LIMIT.
 */
enum rc report_file_check(const char *path, struct report_file_check *c, struct err *reterr);

#endif
