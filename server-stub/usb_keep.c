/*
 * usb_keep: what sealed files leave behind here: of each PC one document (B11), and until it is
 * approved the file itself. See usb.h.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/recovery.h"
#include "server-stub/usb_part.h"

enum { INBOX_FILES = 500, INBOX_FILE = 64 * 1024 * 1024 };

enum rc usb_problem(const struct op_call *call, const struct err *e, const char *code,
		    struct json **ret, struct err *reterr)
{
	struct lang *lang = NULL;
	struct json *o = json_object();
	struct buf text;
	enum rc rc = lang_load(op_lang(call), &lang, reterr);

	buf_init(&text, LIMIT_ERR_TEXT);
	json_set_str(o, "type", "about:blank");
	buf_addf(&text, "rc.%s", err_name(e->rc));
	json_set_str(o, "title", lang_text(lang, (const char *)text.p));
	buf_reset(&text);
	lang_err(lang, e, &text);
	json_set_span(o, "detail", span_buf(&text));
	json_set_str(o, "code", code ? code : err_name(e->rc));
	json_set_str(o, "key", e->key);
	if (e->clause[0])
		json_set_str(o, "clause", e->clause);
	buf_free(&text);
	lang_free(lang);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static enum rc add_checkpoint(struct collector *col, struct json *problem, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t size, at;
	enum rc rc = archive_read(col->archive, &r, reterr);

	buf_init(&note, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = r->head(r->ctx, &size, &note, &at, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && note.len > 0)
		json_set_span(problem, "checkpoint", span_buf(&note));
	buf_free(&note);
	return rc;
}

enum rc usb_problem_proof(struct collector *col, const char *code, struct json *problem,
			  struct err *reterr)
{
	struct json *lines = NULL;
	enum rc rc = RC_OK;

	if (code && strcmp(code, "epoch") == 0) {
		rc = recovery_lines(col, &lines, reterr);
		json_set(problem, "log", rc == RC_OK ? lines : json_array());
	} else if (code && strcmp(code, "rollback") == 0) {
		rc = add_checkpoint(col, problem, reterr);
	}
	return rc;
}

struct put {
	const char *device;
	const struct json *doc;
};

static enum rc put_doc(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct put *p = arg;

	return w->doc_put(w->ctx, "usb", p->device, p->doc, reterr);
}

enum rc usb_remember(struct collector *col, const char *device, const struct json *doc,
		     struct err *reterr)
{
	struct put p = {device, doc};

	return ingest_write(col->ingest, put_doc, &p, reterr);
}

/* ---- the inbox ---- */

/* HOME/usb/HEX.kkb: the hash, for a file name takes no base64url on every system. */
static enum rc inbox_path(struct collector *col, const char *device, bool make, char **ret,
			  struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1];
	uint8_t hash[CRYPT_HASH_LEN];
	char *dir = NULL;
	struct buf b;
	enum rc rc = os_path_join(&dir, col->home, "usb", reterr);

	crypt_sha256(device, strlen(device), hash);
	codec_hex(hash, sizeof(hash), hex);
	buf_init(&b, LIMIT_PATH);
	if (rc == RC_OK && make)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK) {
		buf_addf(&b, "%s/%s.kkb", dir, hex);
		rc = buf_check(&b, reterr);
	}
	if (rc == RC_OK)
		*ret = buf_take(&b, NULL);
	buf_free(&b);
	free(dir);
	return rc;
}

static enum rc check_room(struct collector *col, const char *path, struct err *reterr)
{
	struct os_names names = {.name = NULL};
	char *dir = NULL;
	int64_t size = 0;
	size_t n;
	enum rc rc = os_path_join(&dir, col->home, "usb", reterr);

	if (rc == RC_OK)
		rc = os_dir_list(dir, &names, reterr);
	if (rc == RC_OK)
		rc = os_file_size(path, &size, reterr);
	n = names.n;
	os_names_free(&names);
	free(dir);
	if (rc == RC_OK && (n >= INBOX_FILES || size > INBOX_FILE))
		rc = err_set(reterr, RC_LIMIT, NULL, "usb.inbox", NULL);
	return rc;
}

enum rc usb_inbox_keep(struct collector *col, const char *device, const char *path,
		       struct err *reterr)
{
	char *kept = NULL;
	enum rc rc = inbox_path(col, device, true, &kept, reterr);

	if (rc == RC_OK && strcmp(kept, path) != 0)
		rc = check_room(col, path, reterr);
	if (rc == RC_OK && strcmp(kept, path) != 0)
		rc = os_file_copy(path, kept, OS_REPLACE, reterr);
	free(kept);
	return rc;
}

enum rc usb_inbox_drop(struct collector *col, const char *device, const char *path,
		       struct err *reterr)
{
	char *kept = NULL;
	enum rc rc = inbox_path(col, device, false, &kept, reterr);

	if (rc == RC_OK && strcmp(kept, path) != 0 && os_file_exists(kept))
		rc = os_file_remove(kept, reterr);
	free(kept);
	return rc;
}

enum rc usb_inbox(struct collector *col, const struct op_call *call, const char *device,
		  struct err *reterr)
{
	struct json *told = NULL;
	char *kept = NULL;
	bool waits = false;
	enum rc rc = inbox_path(col, device, false, &kept, reterr);

	if (rc == RC_OK && os_file_exists(kept)) {
		rc = usb_import(col, call, kept, &told, reterr);
		waits = strcmp(json_get_str(told, "state") ? json_get_str(told, "state") : "",
			       "waiting") == 0;
		if (rc == RC_OK && !waits)
			rc = os_file_remove(kept, reterr);
	}
	json_free(told);
	free(kept);
	return rc;
}
