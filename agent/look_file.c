/*
 * look_file: what is so of the attachments a record names: sent from here, come from elsewhere, on its way,
 * damaged, and what went wrong with them last. Clauses P23, P31. Not here: moving them.
 */
#include "agent/look.h"

#include "lib/codec.h"

static const char *state_of(const struct store_blob_state *b)
{
	if (b->held && b->sent)
		return b->own ? "sent" : "here"; /* nobody here sent what came from elsewhere */
	if (b->held)
		return "waits";
	return b->damaged ? "damaged" : "missing";
}

static struct json *why_json(const struct err *why)
{
	struct json *o = json_object(), *args = json_object();

	for (int i = 0; i < why->nargs; i++)
		json_set_str(args, why->arg[i].name, why->arg[i].val);
	json_set_str(o, "key", why->key);
	json_set_str(o, "clause", why->clause);
	json_set(o, "args", args);
	return o;
}

static enum rc put_file(struct agent *agent, struct json *field, const uint8_t sha[32],
			struct err *reterr)
{
	struct store_blob_state b;
	struct json *o;
	enum rc rc = store_blob_state(agent->store, sha, &b, reterr);

	if (rc != RC_OK || !b.known)
		return rc;
	o = json_object();
	json_set_str(o, "state", state_of(&b));
	json_set_int(o, "size", b.size);
	json_set_int(o, "here", b.held ? b.size : b.part);
	if (b.why.key[0]) {
		json_set(o, "why", why_json(&b.why));
		json_set_int(o, "again_at", b.until);
	}
	json_set(field, "file", o);
	return RC_OK;
}

enum rc look_files(struct agent *agent, struct json *entity, struct err *reterr)
{
	uint8_t sha[32];
	enum rc rc = RC_OK;

	for (struct json *f = json_first(json_get(entity, "fields")); rc == RC_OK && f; f = json_next(f)) {
		const char *hex = json_get_str(json_get_obj(f, "value"), "sha256");

		if (hex && codec_hex_32(span_str(hex), sha))
			rc = put_file(agent, f, sha, reterr);
	}
	return rc;
}
