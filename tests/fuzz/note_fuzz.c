/*
 * note_fuzz: any bytes as a checkpoint, a policy, a receipt and an OpenSSH key. What is taken
 * can be written and read again with the same meaning; what is refused names its clause; explain
 * finds the form right exactly when the reader does.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "sync/explain.h"
#include "sync/note.h"
#include "sync/note_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The log, author and payload of the corpus (tests/vectors/make_vectors.py). */
static const char log_key[] = "58936604abda112bc94933569c82f8d0cc0ddf92a3f8329f2f448f7f484a594c";
static const char author[] = "884b8857f4eaa1613c61504db34d4beaf346517a0e31de3cddd4d9b4201d9d0b";
static const char payload[] =
    "{\"v\":\"kk1\",\"feed\":\"SMypf4mT_64hIiMkJSYnKA\",\"seq\":1,"
    "\"prev\":\"aZE6l-n5Mc65sR_fuhUy-kOm9wZLlcs5jGTkIqXclug\",\"at\":1795054267,"
    "\"seen\":[0,\"\"],\"op\":\"set\",\"scope\":\"00004\","
    "\"id\":\"019a9c1e-7c00-7a11-8b22-0123456789ab\",\"kind\":\"asset/3\","
    "\"after\":[],\"set\":{\"n\":1},\"salt\":\"Y0ea1poJCyWCd-yPum-ZQQ\"}";

static void must(bool so)
{
	if (!so)
		abort();
}

static bool explained(struct span bytes, enum explain_kind kind, const uint8_t (*key)[CRYPT_PK_LEN],
		      size_t nkey)
{
	struct explain_in in = {
	    .bytes = bytes, .kind = kind, .key = key, .nkey = nkey, .payload = span_str(payload)};
	struct json *r = NULL;
	bool ok = false;

	must(explain_bytes(&in, &r, NULL) == RC_OK && json_get_bool(r, "ok", &ok));
	char *text = json_print(r);
	must(text != NULL);
	free(text);
	json_free(r);
	return ok;
}

/* A note opened is one whose body was signed: signed again it is the same text up to there. */
static void checkpoint(struct span bytes, const uint8_t key[1][CRYPT_PK_LEN])
{
	struct note_text form;
	struct note n;
	struct err why;
	struct buf body;
	bool right = note_body_parse(bytes, &form, &why) == RC_OK;

	must(right || why.clause[0] == 'L');
	must(explained(bytes, EXPLAIN_NOTE, NULL, 0) == right);
	bool open = note_open(bytes, key[0], &n, &why) == RC_OK;
	must(explained(bytes, EXPLAIN_NOTE, key, 1) == open);
	if (!open) {
		must(why.clause[0] == 'L');
		return;
	}
	buf_init(&body, NOTE_BODY_MAX);
	note_body(key[0], n.size, n.root, &body);
	must(!body.failed && bytes.len > body.len && memcmp(bytes.p, body.p, body.len) == 0);
	buf_free(&body);
}

/* A policy written and read again asks for the same. */
static void policy(struct span bytes)
{
	struct note_policy p, again;
	struct err why;
	struct buf text;

	if (note_policy_read(bytes, &p, &why) != RC_OK) {
		must(why.key[0] != '\0');
		return;
	}
	must(p.nwitness <= NOTE_WITNESS_MAX && p.quorum <= p.nwitness);
	buf_init(&text, NOTE_RECEIPT_MAX);
	must(note_policy_write(&p, &text, NULL) == RC_OK);
	must(note_policy_read(span_buf(&text), &again, NULL) == RC_OK);
	must(again.quorum == p.quorum && again.nwitness == p.nwitness &&
	     memcmp(again.log, p.log, sizeof(p.log)) == 0);
	for (size_t i = 0; i < p.nwitness; i++)
		must(strcmp(again.witness[i].name, p.witness[i].name) == 0 &&
		     memcmp(again.witness[i].key, p.witness[i].key, CRYPT_PK_LEN) == 0);
	buf_free(&text);
}

/* A receipt that holds has the right form, and explain sees nothing wrong in it. */
static void receipt(struct span bytes, const uint8_t key[2][CRYPT_PK_LEN])
{
	struct note_policy p = {.quorum = 0};
	struct note_receipt form;
	uint64_t index = UINT64_MAX;
	struct err why;
	bool right = note_receipt_parse(bytes, &form);

	memcpy(p.log, key[0], sizeof(p.log));
	bool ok = note_receipt_check(span_str(payload), bytes, key[1], &p, &index, &why) == RC_OK;
	must(ok || why.clause[0] != '\0');
	must(!ok || (right && index < form.size));
	bool told = explained(bytes, EXPLAIN_RECEIPT, key, 2);
	must(!ok || told);
	must(right || !told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t key[2][CRYPT_PK_LEN];
	struct span bytes = span_of(data, len);
	uint8_t pk[CRYPT_PK_LEN];

	must(crypt_init(NULL) == RC_OK);
	must(codec_hex_32(span_str(log_key), key[0]) && codec_hex_32(span_str(author), key[1]));
	checkpoint(bytes, (const uint8_t(*)[CRYPT_PK_LEN])key);
	policy(bytes);
	receipt(bytes, (const uint8_t(*)[CRYPT_PK_LEN])key);
	if (note_sshkey_read(bytes, pk, NULL) == RC_OK) {
		struct buf again;
		buf_init(&again, 256);
		note_sshkey_write(pk, "", &again);
		must(len >= again.len - 2 && memcmp(data, again.p, again.len - 2) == 0);
		buf_free(&again);
	}
	return 0;
}
