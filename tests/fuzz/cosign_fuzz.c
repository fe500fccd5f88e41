/*
 * cosign_fuzz: any bytes as a request to a witness and as an answer of one. What is taken as a request is
 * written again as the same bytes, and is cosigned only when it is signed by the log and extends what is known; what is
 * refused names its clause. No answer counts that the witness did not sign.
 * clause: W1
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "sync/cosign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The log of the corpus (tests/vectors/make_vectors.py). */
static const char log_key[] = "58936604abda112bc94933569c82f8d0cc0ddf92a3f8329f2f448f7f484a594c";

static void must(bool so)
{
	if (!so)
		abort();
}

static void request(struct span bytes, const struct cosign_log *log)
{
	struct cosign_request r;
	struct span note = bytes, line;
	struct err why;
	struct buf again;

	if (cosign_request_read(bytes, &r, &why) != RC_OK) {
		must(why.clause[0] == 'W' || why.clause[0] == 'L');
		return;
	}
	while (span_line(&note, &line) && line.len > 0)
		;
	buf_init(&again, COSIGN_REQUEST_MAX);
	must(cosign_request_write(r.old, &r.proof, note, &again, NULL) == RC_OK);
	must(span_eq(span_buf(&again), bytes));
	buf_free(&again);
	enum cosign_verdict v = cosign_judge(&r, log, &why);
	if (v == COSIGN_GIVEN) {
		must(note_body_check(&r.note, log->key, NULL) == RC_OK);
		must(r.old == log->size && r.note.n.size >= log->size);
	} else {
		must(why.key[0] != '\0');
	}
	must(cosign_judge(&r, NULL, NULL) == COSIGN_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct note_witness nobody = {.name = "w1"};
	struct cosign_log log = {.size = 0};
	struct span bytes = span_of(data, len);
	struct cosign_reply r;

	must(crypt_init(NULL) == RC_OK);
	must(codec_hex_32(span_str(log_key), log.key));
	request(bytes, &log);
	log.size = 5; /* of another tree than the corpus's: nothing extends it */
	request(bytes, &log);
	if (cosign_reply_read(409, COSIGN_SIZE_TYPE, bytes, bytes, log.key, &nobody, &r, NULL) ==
	    RC_OK)
		must(len > 1 && data[len - 1] == '\n');
	must(cosign_reply_read(200, "", bytes, bytes, log.key, &nobody, &r, NULL) == RC_REMOTE);
	return 0;
}
