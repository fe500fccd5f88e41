/*
 * log: the program's log. One line per event: time, level, event, key=value.
 *   2026-11-23T10:00:00Z info sync.done scope=00004 records=12 why="no answer"
 * Capped: when the file would pass `max_bytes` it is renamed PATH.1 (replacing
 * the old one) and begun anew, so the two never take more than 2 x max_bytes.
 * A line that cannot be written is counted and forgotten: the log never stops
 * the work. lib and sync log at debug only, if at all. Never hand it a secret
 * or the content of a field.
 */
#ifndef KK_LIB_LOG_H
#define KK_LIB_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log;

struct log_conf {
	const char *path;          /* NULL: stderr, not capped */
	enum log_level level;      /* lines above it are dropped */
	int64_t max_bytes;         /* of PATH before it turns; 0 = 1 MiB */
	const struct clock *clock; /* NULL = clock_real(); outlives the log */
};

/* One key=value. Build it with the functions below; text is borrowed during the call. */
struct log_kv {
	const char *key;
	struct span text;
	int64_t num;
	int is_num;
};
struct log_kv log_int(const char *key, int64_t v);
struct log_kv log_str(const char *key, const char *v); /* NULL = "" */
struct log_kv log_span(const char *key, struct span v);

/* LOG_KV(log_int("records", n), log_str("scope", s)) or LOG_NOTHING as the last two arguments. */
#define LOG_KV(...)                           \
	(const struct log_kv[]){__VA_ARGS__}, \
	    sizeof((const struct log_kv[]){__VA_ARGS__}) / sizeof(struct log_kv)
#define LOG_NOTHING NULL, 0

/* Caller frees with log_free. RC_IO when the file cannot be opened for appending. */
enum rc log_open(struct log **ret, const struct log_conf *conf, struct err *reterr);
void log_free(struct log *log);

/*
 * Write one line. Any thread. log NULL: nothing happens. Values holding anything
 * but printable ASCII without space, '"', '\' and '=' are quoted; control bytes
 * become \xNN, so one event is always one line.
 */
void log_event(struct log *log, enum log_level level, const char *event, const struct log_kv *kv,
	       size_t n);

/* The same for a failed operation: adds rc=, key=, clause= and the arguments of *e. */
void log_err(struct log *log, enum log_level level, const char *event, const struct err *e);

/* Lines lost because they could not be written. */
int64_t log_lost(const struct log *log);

/* "error" "warn" "info" "debug" -> level; RC_USAGE "log.level" with {level}. */
enum rc log_level_parse(const char *s, enum log_level *ret, struct err *reterr);

#endif
