/*
 * httpsig_fuzz: lines as the headers and the parts of a request: Signature-Input, Signature,
 * method, authority, path, query, and optionally Content-Digest and Upload-Offset. Only what
 * was signed verifies (over http when the length is odd); everything else is refused by a clause of the protocol.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sync/httpsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PARTS = 8, NEEDED = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span rest = span_of(data, len), line;
	char *part[PARTS] = {NULL};
	size_t n = 0;
	struct httpsig s;
	struct err e;
	enum rc rc;

	if (crypt_init(NULL) != RC_OK)
		abort();
	while (n < PARTS && span_line(&rest, &line)) {
		part[n] = span_dup(line);
		if (part[n++] == NULL)
			abort();
	}
	if (n >= NEEDED) {
		const struct httpsig_req r = {part[2], part[3], part[4], part[5],
						      part[6], part[7], (len & 1) != 0};

		err_clear(&e);
		rc = httpsig_parse(span_str(part[0]), span_str(part[1]), &r, &s, &e);
		if (rc == RC_OK && s.created < 0)
			abort();
		if (rc == RC_OK)
			rc = httpsig_verify(&s, &r, &e);
		if (rc == RC_OK)
			rc = httpsig_fresh(&s, 1795054267, &e);
		if (rc != RC_OK && rc != RC_LIMIT && (rc != RC_REFUSED || e.clause[0] != 'P'))
			abort();
	}
	for (size_t i = 0; i < n; i++)
		free(part[i]);
	return 0;
}
