/*
 * log: see log.h. A line is built in memory and appended with one write, so
 * that lines of several threads, and of a second process on the same file, do
 * not mix. Does NOT fsync: a log line is never worth a flush.
 */
#include "lib/log.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os.h"
#include "lib/text.h"

enum {
	LOG_FILE_MAX = 1024 * 1024, /* bytes, default of conf->max_bytes: months of events */
	LOG_LINE_MAX = 4096         /* bytes of one line; a longer one is cut */
};

struct log {
	struct os_mutex *lock;
	struct os_file *file; /* NULL: stderr */
	char *path, *old;
	enum log_level level;
	int64_t max_bytes;
	const struct clock *clock;
	int64_t lost;
};

static const char *const level_name[] = {"error", "warn", "info", "debug"};
enum { LEVELS = sizeof level_name / sizeof level_name[0] };

struct log_kv log_int(const char *key, int64_t v)
{
	return (struct log_kv){.key = key, .num = v, .is_num = 1};
}

struct log_kv log_str(const char *key, const char *v)
{
	return (struct log_kv){.key = key, .text = span_str(v ? v : "")};
}

struct log_kv log_span(const char *key, struct span v)
{
	return (struct log_kv){.key = key, .text = v};
}

enum rc log_level_parse(const char *s, enum log_level *ret, struct err *reterr)
{
	for (int i = 0; i < LEVELS; i++) {
		if (strcmp(s, level_name[i]) == 0) {
			*ret = (enum log_level)i;
			return RC_OK;
		}
	}
	return err_set(reterr, RC_USAGE, NULL, "log.level", "level", s, NULL);
}

static char *old_name(const char *path)
{
	size_t len = strlen(path);
	char *s = malloc(len + 3);

	if (s) {
		memcpy(s, path, len);
		memcpy(s + len, ".1", 3);
	}
	return s;
}

static enum rc open_file(struct log *log, const char *path, struct err *reterr)
{
	log->path = span_dup(span_str(path));
	log->old = old_name(path);
	if (!log->path || !log->old)
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	return os_file_open(&log->file, path, OS_APPEND, reterr);
}

enum rc log_open(struct log **ret, const struct log_conf *conf, struct err *reterr)
{
	struct log *log = calloc(1, sizeof *log);
	enum rc rc;

	if (!log)
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	log->level = conf->level;
	log->max_bytes = conf->max_bytes > 0 ? conf->max_bytes : LOG_FILE_MAX;
	log->clock = conf->clock ? conf->clock : clock_real();
	rc = os_mutex_new(&log->lock, reterr);
	if (rc == RC_OK && conf->path)
		rc = open_file(log, conf->path, reterr);
	if (rc != RC_OK) {
		log_free(log);
		return rc;
	}
	*ret = log;
	return RC_OK;
}

void log_free(struct log *log)
{
	if (!log)
		return;
	os_file_close(log->file);
	os_mutex_free(log->lock);
	free(log->path);
	free(log->old);
	free(log);
}

/* "2026-11-23T10:00:00Z " */
static void add_time(struct buf *b, int64_t now_s)
{
	char day[TEXT_DATE_LEN];
	int64_t days = now_s / 86400, s = now_s % 86400;

	if (s < 0) {
		s += 86400;
		days--;
	}
	if (text_days_date(days, day, NULL) != RC_OK)
		memcpy(day, "0000-00-00", sizeof day);
	buf_addf(b, "%sT%02d:%02d:%02dZ ", day, (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static bool plain(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];
		if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return s.len > 0;
}

static void add_value(struct buf *b, struct span s)
{
	const uint8_t *end = s.p + s.len;

	if (plain(s)) {
		buf_add_span(b, s);
		return;
	}
	buf_add_char(b, '"');
	for (const uint8_t *p = s.p; p < end;) {
		size_t n = text_utf8_step(p, end);
		if (n == 0 || *p < ' ' || *p == 0x7f) {
			buf_addf(b, "\\x%02x", *p);
			n = 1;
		} else {
			if (*p == '"' || *p == '\\')
				buf_add_char(b, '\\');
			buf_add(b, p, n);
		}
		p += n;
	}
	buf_add_char(b, '"');
}

/*
 * Turn the file when it is full. Another process may have turned it already:
 * then the path names a new, shorter file and reopening is enough.
 */
static enum rc make_room(struct log *log, size_t len)
{
	int64_t size;
	enum rc rc = os_file_length(log->file, &size, NULL);

	if (rc != RC_OK || size == 0 || size + (int64_t)len <= log->max_bytes)
		return rc;
	if (os_file_size(log->path, &size, NULL) == RC_OK && size > 0 &&
	    size + (int64_t)len > log->max_bytes) {
		rc = os_file_rename(log->path, log->old, OS_REPLACE, NULL);
		if (rc != RC_OK)
			return rc;
	}
	struct os_file *f = NULL;
	rc = os_file_open(&f, log->path, OS_APPEND, NULL);
	if (rc == RC_OK) {
		os_file_close(log->file);
		log->file = f;
	}
	return rc;
}

static void write_line(struct log *log, struct span line)
{
	enum rc rc;

	os_mutex_lock(log->lock);
	if (!log->file) {
		rc = os_stderr_write(line, NULL);
	} else {
		rc = make_room(log, line.len);
		if (rc == RC_OK)
			rc = os_file_append(log->file, line, NULL);
	}
	if (rc != RC_OK)
		log->lost++;
	os_mutex_unlock(log->lock);
}

void log_event(struct log *log, enum log_level level, const char *event, const struct log_kv *kv,
	       size_t n)
{
	struct buf b;

	if (!log || level > log->level)
		return;
	buf_init(&b, LOG_LINE_MAX);
	add_time(&b, clock_now_s(log->clock));
	buf_add_str(&b, level_name[level]);
	buf_add_char(&b, ' ');
	buf_add_str(&b, event);
	for (size_t i = 0; i < n; i++) {
		size_t before = b.len;
		buf_add_char(&b, ' ');
		buf_add_str(&b, kv[i].key);
		buf_add_char(&b, '=');
		if (kv[i].is_num)
			buf_add_int(&b, kv[i].num);
		else
			add_value(&b, kv[i].text);
		if (b.failed || b.len + 5 > LOG_LINE_MAX) { /* room for " ..." LF */
			b.len = before;
			b.failed = false;
			buf_add_str(&b, " ...");
			break;
		}
	}
	buf_add_char(&b, '\n');
	if (!b.failed)
		write_line(log, span_buf(&b));
	buf_free(&b);
}

void log_err(struct log *log, enum log_level level, const char *event, const struct err *e)
{
	struct log_kv kv[3 + ERR_ARGS];
	size_t n = 0;

	kv[n++] = log_str("rc", err_name(e->rc));
	kv[n++] = log_str("key", e->key);
	if (e->clause[0])
		kv[n++] = log_str("clause", e->clause);
	for (int i = 0; i < e->nargs; i++)
		kv[n++] = log_str(e->arg[i].name, e->arg[i].val);
	log_event(log, level, event, kv, n);
}

int64_t log_lost(const struct log *log)
{
	int64_t n;

	os_mutex_lock(log->lock);
	n = log->lost;
	os_mutex_unlock(log->lock);
	return n;
}
