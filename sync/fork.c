/*
 * fork: see fork.h. Reads verified entries and the keyring; stores and judges nothing.
 */
#include "sync/fork.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"
#include "lib/text.h"

static void set_fingerprint(struct json *o, const char *name, const uint8_t *pk)
{
	char text[AUTHORITY_FINGERPRINT] = "";

	if (pk)
		authority_fingerprint(pk, text);
	json_set_str(o, name, text);
}

/* Who wrote it, and on which PC, as the author's cert says. */
static void set_author(struct json *o, const struct keyring *k, const struct entry *e)
{
	const struct keyring_cert *cert = NULL, *pc = NULL;
	struct keyring_key author, device;

	if (keyring_find(k, e->key, &author))
		cert = author.cert ? author.cert : author.seen;
	if (cert && cert->has_device && keyring_find(k, cert->device, &device))
		pc = device.cert ? device.cert : device.seen;
	json_set_str(o, "who", cert ? cert->name : "");
	json_set_str(o, "title", cert ? cert->title : "");
	set_fingerprint(o, "author", e->key);
	set_fingerprint(o, "device", cert && cert->has_device ? cert->device : NULL);
	json_set_str(o, "device_name", pc ? pc->name : "");
	json_set_bool(o, "revoked", pc && device.revoked_from >= 0);
}

static struct json *side_json(const struct fork_side *side)
{
	char id[CODEC_B64U_32 + 1];
	struct json *o = json_object();

	codec_b64u(side->e->id, ENTRY_ID_LEN, id);
	json_set_str(o, "entry", id);
	json_set_int(o, "index", side->index);
	json_set_int(o, "at", side->e->at);
	json_set_int(o, "received_at", side->received_at);
	json_set_span(o, "line", side->e->line);
	return o;
}

/* The fork of this feed, if it is the last of the array. */
static struct json *last_of(struct json *all, const char *feed)
{
	size_t n = json_len(all);
	struct json *o = n > 0 ? json_at(all, n - 1) : NULL;
	const char *text = json_get_str(o, "feed");

	return text && strcmp(text, feed) == 0 ? o : NULL;
}

void fork_add(struct json *all, const struct keyring *k, const struct fork_side *side)
{
	const struct entry *e = side->e;
	char feed[CODEC_B64U_16 + 1];
	int64_t since = 0;
	struct json *o;

	codec_b64u(e->feed, ENTRY_FEED_LEN, feed);
	o = last_of(all, feed);
	if (!o) {
		o = json_object();
		json_set_str(o, "feed", feed);
		json_set_int(o, "seq", e->seq);
		json_set_str(o, "scope", e->scope);
		set_author(o, k, e);
		json_set_bool(o, "own", side->own);
		json_set(o, "entries", json_array());
		json_append(all, o);
	}
	json_get_int(o, "since", &since);
	if (side->received_at > since)
		json_set_int(o, "since", side->received_at);
	json_append(json_get_arr(o, "entries"), side_json(side));
}

/* ---- for people ---- */

static const char *str(const struct json *o, const char *name)
{
	const char *s = json_get_str(o, name);

	return s ? s : "";
}

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = 0;

	json_get_int(o, name, &v);
	return v;
}

static void print_side(const struct lang *lang, const struct json *o, struct buf *text)
{
	char index[NUM_I64_LEN], at[TEXT_TIME_LEN], got[TEXT_TIME_LEN];

	num_str(num(o, "index"), index);
	text_time_fmt(num(o, "at"), at);
	text_time_fmt(num(o, "received_at"), got);
	buf_add_str(text, "  ");
	lang_format(lang, text, "fork.side", "entry", str(o, "entry"), "index", index, "at", at,
		    "received", got, NULL);
	buf_add_char(text, '\n');
}

void fork_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "forks");

	if (json_len(all) == 0) {
		buf_add_str(text, lang_text(lang, "fork.none"));
		buf_add_char(text, '\n');
	}
	for (const struct json *o = json_first(all); o; o = json_next(o)) {
		char seq[NUM_I64_LEN], since[TEXT_TIME_LEN];

		num_str(num(o, "seq"), seq);
		text_time_fmt(num(o, "since"), since);
		lang_format(lang, text, "fork.line", "who", str(o, "who"), "device",
			    str(o, "device_name"), "fingerprint", str(o, "device"), "scope",
			    str(o, "scope"), "seq", seq, "since", since, NULL);
		buf_add_char(text, '\n');
		for (const struct json *e = json_first(json_get_arr(o, "entries")); e;
		     e = json_next(e))
			print_side(lang, e, text);
	}
}
