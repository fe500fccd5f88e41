/*
 * routes_photo: see routes_photo.h. Before a byte goes out all are hashed, as for a device (P23);
 * what is not sound is set aside and asked for again (P32). The type is that of the first bytes, never what
 * a record says of them, and only one of the three that an attachment can be; a policy of its own lets
 * nothing in it run, should a browser take it for more than a picture.
 */
#include "server-stub/routes_photo.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/exif.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/console.h"
#include "server-stub/lack.h"
#include "server-stub/ops.h"

enum { FIRST = 16 /* bytes of a file that tell its type */ };

static const char nothing_runs[] = "default-src 'none'; sandbox";

/* What is asked for, by whom. */
struct asked {
	struct collector *col;
	const char *scope; /* as in the address; NULL: absent */
	uint8_t sha[CRYPT_HASH_LEN];
	struct who who;
};

static enum rc no_such(struct err *reterr)
{
	return err_set(reterr, RC_NOTFOUND, "P24", "blob.not_named", NULL);
}

/* Does somebody of this commune name it, and do they see the commune? One refusal for both. */
static enum rc check_named(const struct asked *x, const struct op_call *call, struct err *reterr)
{
	struct archive_reader *r = NULL;
	bool named = false;
	int64_t size;
	enum rc rc = who_check(call, x->scope, reterr);

	if (rc == RC_OK)
		rc = archive_read(x->col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = r->blob_named(r->ctx, x->scope, x->sha, &named, &size, reterr);
	archive_read_end(x->col->archive, r);
	return rc == RC_OK && !named ? no_such(reterr) : rc;
}

/* Where it lies, whole and sound. All communes are looked through again only for what is set aside now. */
static enum rc find_sound(const struct asked *x, char path[LIMIT_PATH], struct err *reterr)
{
	bool here = false, sound = false;
	enum rc rc = archive_blob_here(x->col->archive, x->sha, &here, reterr);

	if (rc == RC_OK && here)
		rc = archive_blob_sound(x->col->archive, x->sha, &sound, reterr);
	if (rc == RC_OK && here && !sound)
		lack_again(x->col->lack);
	if (rc == RC_OK && !sound) {
		lack_add(x->col->lack, x->scope, x->sha);
		rc = err_set(reterr, RC_NOTFOUND, "P23", "blob.not_here", NULL);
	}
	return rc == RC_OK ? archive_blob_path(x->col->archive, x->sha, path, LIMIT_PATH, reterr) : rc;
}

/* By its first bytes: the rest goes from the disk to the browser. */
static enum rc read_type(const char *path, const char **rettype, struct err *reterr)
{
	struct os_file *f = NULL;
	uint8_t first[FIRST];
	size_t got = 0;
	enum rc rc = os_file_open(&f, path, OS_READ, reterr);

	if (rc == RC_OK)
		rc = os_file_pread(f, 0, first, sizeof(first), &got, reterr);
	os_file_close(f);
	if (rc == RC_OK && !(*rettype = exif_type(span_of(first, got))))
		rc = no_such(reterr);
	return rc;
}

static enum rc find(struct routes *rt, struct httpd_req *req, struct asked *x,
		    char path[LIMIT_PATH], const char **rettype, struct err *reterr)
{
	struct op_call call = op_owner_call(rt->owner);
	enum rc rc;

	call.who = &x->who;
	x->col = rt->col;
	x->scope = httpd_query(req, "scope");
	if (!x->scope || strlen(x->scope) >= ENTRY_SCOPE_LEN ||
	    !codec_hex_32(span_str(httpd_param(req)), x->sha))
		return no_such(reterr);
	rc = check_named(x, &call, reterr);
	if (rc == RC_OK)
		rc = find_sound(x, path, reterr);
	return rc == RC_OK ? read_type(path, rettype, reterr) : rc;
}

void routes_photo(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	const char *type = NULL;
	struct asked x;
	char path[LIMIT_PATH];
	struct err e;
	enum rc rc;

	if (!console_admit(rt, req, &op_show, &x.who))
		return;
	rc = find(rt, req, &x, path, &type, &e);
	if (rc == RC_OK) {
		httpd_set(req, "Content-Disposition",
			  strncmp(type, "image/", 6) == 0 ? "inline" : "attachment");
		httpd_set(req, "Content-Security-Policy", nothing_runs);
		httpd_reply_file(req, 200, type, path, 0, -1);
	} else {
		console_refuse(req, 0, &e);
	}
	who_free(&x.who);
}
