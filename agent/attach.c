/*
 * attach: a file on this PC becomes a blob and its reference (E18). Does NOT seal anything.
 */
#include "agent/attach.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/exif.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "lib/text.h"

enum { NAME_CHARS = 200 };

/* A file's name as a reference may hold it. */
static enum rc clean_name(const char *base, struct buf *out, struct err *reterr)
{
	enum rc rc = text_clean(span_str(base), false, out, reterr);

	while (rc == RC_OK && text_chars(span_buf(out)) > NAME_CHARS) /* the end tells the type */
		memmove(out->p, out->p + 1, out->len--);
	while (rc == RC_OK && out->len > 0 && (out->p[0] & 0xc0) == 0x80) /* half a character */
		memmove(out->p, out->p + 1, out->len--);
	return rc;
}

static struct json *reference(const uint8_t sha[32], size_t size, const char *type,
			      const struct buf *name)
{
	struct json *o = json_object();
	char hex[CODEC_HEX_LEN(32) + 1];

	codec_hex(sha, 32, hex);
	json_set_str(o, "sha256", hex);
	json_set_int(o, "size", (int64_t)size);
	json_set_str(o, "type", type);
	json_set_str(o, "name", name->len > 0 ? (const char *)name->p : type);
	return o;
}

enum rc attach_bytes(struct agent *agent, struct span bytes, const char *name, struct json **ret,
		     struct err *reterr)
{
	struct buf clean, base;
	uint8_t sha[32];
	enum rc rc;

	buf_init(&clean, LIMIT_BLOB);
	buf_init(&base, LIMIT_PATH);
	rc = exif_strip(bytes, &clean, reterr);
	if (rc == RC_OK)
		rc = clean_name(name, &base, reterr);
	if (rc == RC_OK)
		rc = store_blob_put(agent->store, span_buf(&clean), sha, reterr);
	if (rc == RC_OK)
		*ret = reference(sha, clean.len, exif_type(span_buf(&clean)), &base);
	buf_free(&clean);
	buf_free(&base);
	return rc;
}

enum rc attach_file(struct agent *agent, const struct form *f, const char *path,
		    struct json *fields, struct err *reterr)
{
	const struct form_field *ff = NULL;
	struct json *ref = NULL;
	struct buf raw;
	enum rc rc;

	for (size_t i = 0; !ff && i < f->nfield; i++)
		if (f->field[i].type == FORM_BLOB)
			ff = &f->field[i];
	if (!ff)
		return err_set(reterr, RC_INPUT, NULL, "attach.no_field", "kind", f->label.vi,
			       NULL);
	buf_init(&raw, LIMIT_BLOB);
	rc = os_file_read(path, &raw, reterr);
	if (rc == RC_OK)
		rc = attach_bytes(agent, span_buf(&raw), os_path_base(path), &ref, reterr);
	if (rc == RC_OK)
		json_set(fields, ff->name, ref);
	buf_free(&raw);
	return rc;
}

enum rc attach_named(struct agent *agent, const char *typed, struct json **ret, struct err *reterr)
{
	struct buf bytes, name;
	uint8_t sha[32];
	const char *rest;
	enum rc rc;

	*ret = NULL;
	if (strlen(typed) < CODEC_HEX_LEN(32) ||
	    !codec_hex_32(span_of(typed, CODEC_HEX_LEN(32)), sha))
		return RC_OK;
	rest = typed + CODEC_HEX_LEN(32);
	if (rest[0] != '\0' && rest[0] != ' ')
		return RC_OK;
	buf_init(&bytes, LIMIT_BLOB);
	buf_init(&name, LIMIT_PATH);
	rc = store_blob_get(agent->store, sha, &bytes, reterr);
	if (rc == RC_NOTFOUND)
		rc = err_set(reterr, RC_INPUT, NULL, "attach.not_here", NULL);
	if (rc == RC_OK && !exif_type(span_buf(&bytes))) /* a form, a catalogue: nobody's photo */
		rc = err_set(reterr, RC_INPUT, NULL, "exif.type", NULL);
	if (rc == RC_OK)
		rc = clean_name(rest + (rest[0] == ' '), &name, reterr);
	if (rc == RC_OK)
		*ret = reference(sha, bytes.len, exif_type(span_buf(&bytes)), &name);
	buf_free(&bytes);
	buf_free(&name);
	return rc;
}
