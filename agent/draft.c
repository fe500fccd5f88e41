/*
 * draft: one file for each record that is being filled in. Does NOT know forms or entries.
 */
#include "agent/draft.h"

#include <stdlib.h>
#include <string.h>

#include "agent/look.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"

enum {
	PREFIX_MIN = 6,
	FILE_MAX = LIMIT_JSON_TEXT, /* bytes of a file that is read; a line has half of it */
	ANEW_FROM = 256 * 1024      /* bytes from which the next line begins the file anew */
};

static enum rc folder(struct agent *agent, char **ret, struct err *reterr)
{
	return os_path_join(ret, store_home(agent->store), "drafts", reterr);
}

static enum rc path_of(struct agent *agent, const char *id, char **ret, struct err *reterr)
{
	char name[CODEC_UUID_LEN + sizeof(".json")], *dir = NULL;
	uint8_t uuid[16];
	enum rc rc;

	if (!id || !codec_uuid_dec(span_str(id), uuid))
		return err_set(reterr, RC_NOTFOUND, NULL, "draft.none", "id", id ? id : "", NULL);
	memcpy(name, id, CODEC_UUID_LEN);
	memcpy(name + CODEC_UUID_LEN, ".json", sizeof(".json"));
	rc = folder(agent, &dir, reterr);
	if (rc == RC_OK)
		rc = os_path_join(ret, dir, name, reterr);
	free(dir);
	return rc;
}

/* The whole line before *end, which moves to where it begins; what a power cut left behind does not count. */
static bool line_before(struct span text, size_t *end, struct span *ret)
{
	size_t to = *end, begin;

	while (to > 0 && text.p[to - 1] != '\n')
		to--;
	if (to == 0)
		return false;
	for (begin = to - 1; begin > 0 && text.p[begin - 1] != '\n'; begin--) {}
	*ret = span_of(text.p + begin, to - 1 - begin);
	*end = begin;
	return true;
}

/* NULL: it is none. */
static struct json *draft_of(struct span line)
{
	struct json *one = NULL;

	if (json_parse(line, NULL, &one, NULL) != RC_OK)
		return NULL;
	if (json_get_str(one, "id") && json_get_str(one, "kind") && json_get_obj(one, "fields"))
		return one;
	json_free(one);
	return NULL;
}

/* The newest line that can be read: each is the whole draft. */
static enum rc read_path(const char *path, struct json **ret, struct err *reterr)
{
	struct json *one = NULL;
	struct span line;
	struct buf text;
	size_t end;
	enum rc rc;

	buf_init(&text, FILE_MAX);
	rc = os_file_read(path, &text, reterr);
	end = text.len;
	while (rc == RC_OK && !one && line_before(span_buf(&text), &end, &line))
		one = draft_of(line);
	if (rc == RC_OK && !one)
		rc = err_set(reterr, RC_CORRUPT, NULL, "draft.corrupt", "path", path, NULL);
	buf_free(&text);
	*ret = one;
	return rc;
}

static enum rc read_one(const char *dir, const char *name, struct json **ret, struct err *reterr)
{
	char *path = NULL;
	enum rc rc = os_path_join(&path, dir, name, reterr);

	if (rc == RC_OK)
		rc = read_path(path, ret, reterr);
	free(path);
	return rc;
}

/* Is there a record of this very id? Then it was submitted. */
static bool is_submitted(struct agent *agent, const struct json *draft)
{
	struct store_entity *e = NULL;
	const char *kind = json_get_str(draft, "kind"), *id = json_get_str(draft, "id");

	if (!kind || !id || store_entity_find(agent->store, kind, id, &e, NULL) != RC_OK)
		return false;
	store_entity_free(e);
	return true;
}

static bool is_draft_name(const char *name)
{
	size_t len = strlen(name);

	return len == CODEC_UUID_LEN + 5 && strcmp(name + CODEC_UUID_LEN, ".json") == 0;
}

/* Into `all`, unless it was submitted; one that cannot be read into `damaged`. */
static enum rc list_one(struct agent *agent, const char *dir, const char *name, struct json *all,
			struct json *damaged, struct err *reterr)
{
	struct json *one = NULL;
	struct err why = {0};
	enum rc rc = read_one(dir, name, &one, &why);

	if (rc == RC_CORRUPT) {
		if (damaged)
			json_append_str(damaged, name);
		return RC_OK;
	}
	if (rc != RC_OK) {
		*reterr = why;
		return rc;
	}
	if (is_submitted(agent, one))
		json_free(one);
	else
		json_append(all, one);
	return RC_OK;
}

enum rc draft_list(struct agent *agent, struct json **ret, struct json *damaged, struct err *reterr)
{
	struct json *all = json_array();
	struct os_names names = {0};
	char *dir = NULL;
	enum rc rc = folder(agent, &dir, reterr);

	if (rc == RC_OK && os_dir_exists(dir))
		rc = os_dir_list(dir, &names, reterr);
	for (size_t i = 0; rc == RC_OK && i < names.n; i++)
		if (is_draft_name(names.name[i]))
			rc = list_one(agent, dir, names.name[i], all, damaged, reterr);
	os_names_free(&names);
	free(dir);
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}

static bool is_named(const struct json *draft, const char *kind, const char *typed)
{
	const char *id = json_get_str(draft, "id"), *k = json_get_str(draft, "kind");
	uint8_t uuid[16];
	size_t n = strlen(typed);

	if (!id || !k || !codec_uuid_dec(span_str(id), uuid) || (kind && strcmp(kind, k) != 0))
		return false;
	if (n >= PREFIX_MIN && n <= CODEC_UUID_LEN && memcmp(id, typed, n) == 0)
		return true;
	return look_is_end(uuid, typed);
}

/* By its whole id: without reading the others. *ret NULL: no such one. */
static enum rc find_exact(struct agent *agent, const char *kind, const char *id, struct json **ret,
			  struct err *reterr)
{
	struct json *one = NULL;
	char *path = NULL;
	uint8_t uuid[16];
	enum rc rc = RC_OK;

	if (codec_uuid_dec(span_str(id), uuid))
		rc = path_of(agent, id, &path, reterr);
	if (rc == RC_OK && path && os_file_exists(path))
		rc = read_path(path, &one, reterr);
	if (rc == RC_OK && one && is_named(one, kind, id) && !is_submitted(agent, one))
		*ret = one;
	else
		json_free(one);
	free(path);
	return rc;
}

enum rc draft_find(struct agent *agent, const char *kind, const char *typed, struct json **ret,
		   struct err *reterr)
{
	struct json *all = NULL;
	const struct json *hit = NULL;
	struct json *one = NULL;
	int64_t n = 0;
	enum rc rc = find_exact(agent, kind, typed, &one, reterr);

	if (rc == RC_OK && !one)
		rc = draft_list(agent, &all, NULL, reterr);
	if (rc != RC_OK || one) {
		if (rc == RC_OK)
			*ret = one;
		return rc;
	}
	for (const struct json *d = json_first(all); d; d = json_next(d))
		if (is_named(d, kind, typed) && n++ == 0)
			hit = d;
	if (n == 0)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "draft.none", "id", typed, NULL);
	else if (n > 1)
		rc = err_num(reterr, RC_CONFLICT, NULL, "store.ambiguous", "count", n);
	if (rc == RC_OK && !(*ret = json_copy(hit)))
		rc = err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
	json_free(all);
	return rc;
}

/* May a line be added to the file? Not to one that ends in half a line, or has grown long. */
static bool may_append(const char *path)
{
	struct os_file *f = NULL;
	int64_t size = 0;
	size_t got = 0;
	char end = 0;
	bool may = false;

	if (!os_file_exists(path) || os_file_open(&f, path, OS_READ, NULL) != RC_OK)
		return false;
	if (os_file_length(f, &size, NULL) == RC_OK && size > 0 && size < ANEW_FROM &&
	    os_file_pread(f, size - 1, &end, 1, &got, NULL) == RC_OK)
		may = got == 1 && end == '\n';
	os_file_close(f);
	return may;
}

static enum rc append(const char *path, struct span line, struct err *reterr)
{
	struct os_file *f = NULL;
	enum rc rc = os_file_open(&f, path, OS_APPEND, reterr);

	if (rc == RC_OK)
		rc = os_file_append(f, line, reterr);
	if (rc == RC_OK)
		rc = os_file_flush(f, reterr);
	os_file_close(f);
	return rc;
}

enum rc draft_keep(struct agent *agent, const struct json *draft, struct err *reterr)
{
	char *path = NULL, *dir = NULL;
	struct buf text;
	enum rc rc = folder(agent, &dir, reterr);

	buf_init(&text, FILE_MAX / 2);
	if (rc == RC_OK)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK)
		rc = path_of(agent, json_get_str(draft, "id"), &path, reterr);
	if (rc == RC_OK)
		rc = json_write(draft, false, &text, reterr);
	buf_add_char(&text, '\n');
	if (rc == RC_OK)
		rc = buf_check(&text, reterr);
	if (rc == RC_OK)
		rc = may_append(path) ? append(path, span_buf(&text), reterr)
				      : os_file_write(path, span_buf(&text), OS_REPLACE, reterr);
	buf_free(&text);
	free(path);
	free(dir);
	return rc;
}

enum rc draft_remove(struct agent *agent, const char *id, struct err *reterr)
{
	char *path = NULL;
	enum rc rc = path_of(agent, id, &path, reterr);

	if (rc == RC_OK && os_file_exists(path))
		rc = os_file_remove(path, reterr);
	free(path);
	return rc;
}
