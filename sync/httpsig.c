/*
 * httpsig: request signatures, the fixed profile of RFC 9421. Clauses P2-P6.
 *
 * The profile leaves nothing to choose: components and parameters stand in one
 * order, so a signature is read by matching the text it must have, not by a parser of
 * structured fields. Does NOT know keys, nonces seen before, or how a header travels.
 */
#include "sync/httpsig.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"

enum { BASE_MAX = 16384 };

static const char label[] = "kk1=";

void httpsig_digest(struct span body, char ret[HTTPSIG_DIGEST_LEN])
{
	uint8_t h[CRYPT_HASH_LEN];

	crypt_sha256(body.p, body.len, h);
	memcpy(ret, "sha-256=:", 9);
	codec_b64(h, sizeof(h), ret + 9);
	memcpy(ret + 9 + CODEC_B64_LEN(CRYPT_HASH_LEN), ":", 2);
}

/* The covered components, which follow from the request alone (P3). */
static void add_components(const struct httpsig_req *r, struct buf *b)
{
	buf_add_str(b, "(\"@method\" \"@authority\" \"@path\" \"@query\"");
	if (r->digest)
		buf_add_str(b, " \"content-digest\"");
	if (r->upload_offset)
		buf_add_str(b, " \"upload-offset\"");
	buf_add_char(b, ')');
}

/* Components and parameters: the value of Signature-Input after the label. */
static void add_params(const struct httpsig_req *r, const struct httpsig *s, struct buf *b)
{
	char key[CODEC_B64U_32 + 1], nonce[CODEC_B64U_16 + 1];

	codec_b64u(s->key, CRYPT_PK_LEN, key);
	codec_b64u(s->nonce, HTTPSIG_NONCE, nonce);
	add_components(r, b);
	buf_add_str(b, ";created=");
	buf_add_int(b, s->created);
	buf_addf(b, ";keyid=\"%s\";nonce=\"%s\";alg=\"ed25519\";tag=\"kk1\"", key, nonce);
}

static void add_line(struct buf *b, const char *name, const char *prefix, const char *value)
{
	buf_add_char(b, '"');
	buf_add_str(b, name);
	buf_add_str(b, "\": ");
	buf_add_str(b, prefix);
	buf_add_str(b, value);
	buf_add_char(b, '\n');
}

/*
 * RFC 9421 section 2.2.3: a host means the same in any case, with and without the port that
 * follows from the scheme; what sends it and what stands between may write it differently.
 */
static void add_authority(struct buf *b, const char *value, bool plain)
{
	const char *bracket = strrchr(value, ']'), *colon = strrchr(bracket ? bracket : value, ':');
	size_t host = colon ? (size_t)(colon - value) : strlen(value);

	buf_add_str(b, "\"@authority\": ");
	for (size_t i = 0; i < host; i++)
		buf_add_char(b, (char)(value[i] >= 'A' && value[i] <= 'Z' ? value[i] - 'A' + 'a' : value[i]));
	if (colon) {
		const char *port = colon + 1;

		while (port[0] == '0' && port[1])
			port++;
		if (port[0] && strcmp(port, plain ? "80" : "443") != 0)
			buf_addf(b, ":%s", port);
	}
	buf_add_char(b, '\n');
}

/* RFC 9421 section 2.5. A value with a line break could forge a component. */
static enum rc signature_base(const struct httpsig_req *r, const struct httpsig *s, struct buf *b,
			      struct err *reterr)
{
	const char *part[] = {r->method,
			      r->authority,
			      r->path,
			      r->query,
			      r->digest ? r->digest : "",
			      r->upload_offset ? r->upload_offset : ""};

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (strpbrk(part[i], "\r\n"))
			return err_set(reterr, RC_REFUSED, "P3", "httpsig.component", NULL);
	add_line(b, "@method", "", r->method);
	add_authority(b, r->authority, r->plain);
	add_line(b, "@path", "", r->path);
	add_line(b, "@query", "?", r->query);
	if (r->digest)
		add_line(b, "content-digest", "", r->digest);
	if (r->upload_offset)
		add_line(b, "upload-offset", "", r->upload_offset);
	buf_add_str(b, "\"@signature-params\": ");
	add_params(r, s, b);
	return buf_check(b, reterr);
}

enum rc httpsig_sign(const struct httpsig_req *r, struct crypt_signer *key, int64_t created,
		     const uint8_t nonce[HTTPSIG_NONCE], struct buf *retinput, struct buf *retsig,
		     struct err *reterr)
{
	struct httpsig s = {.created = created};
	struct buf base;
	enum rc rc;

	memcpy(s.key, crypt_signer_pk(key), sizeof(s.key));
	memcpy(s.nonce, nonce, sizeof(s.nonce));
	buf_init(&base, BASE_MAX);
	rc = signature_base(r, &s, &base, reterr);
	if (rc == RC_OK) {
		crypt_sign(key, span_buf(&base), s.sig);
		buf_add_str(retinput, label);
		add_params(r, &s, retinput);
		buf_add_str(retsig, label);
		buf_add_char(retsig, ':');
		codec_b64_buf(retsig, s.sig, sizeof(s.sig));
		buf_add_char(retsig, ':');
		rc = buf_check(retinput, reterr);
		if (rc == RC_OK)
			rc = buf_check(retsig, reterr);
	}
	buf_free(&base);
	return rc;
}

/* Cut `text` off the front of *s. */
static bool cut(struct span *s, const char *text)
{
	size_t len = strlen(text);

	if (s->len < len || memcmp(s->p, text, len) != 0)
		return false;
	*s = span_of(s->p + len, s->len - len);
	return true;
}

/* Cut the next `len` bytes off the front of *s. */
static bool cut_len(struct span *s, size_t len, struct span *ret)
{
	if (s->len < len)
		return false;
	*ret = span_of(s->p, len);
	*s = span_of(s->p + len, s->len - len);
	return true;
}

static bool read_created(struct span *in, int64_t *ret)
{
	struct span digits;
	size_t n = 0;

	while (n < in->len && in->p[n] != ';')
		n++;
	return cut_len(in, n, &digits) && num_i64(digits, 0, NUM_SAFE_MAX, ret) == RC_OK;
}

static bool read_input(struct span in, const struct httpsig_req *r, struct httpsig *s)
{
	struct buf comp;
	struct span key, nonce;
	bool ok;

	buf_init(&comp, 256);
	add_components(r, &comp);
	ok = !comp.failed && cut(&in, label) && cut(&in, (const char *)comp.p) &&
	     cut(&in, ";created=") && read_created(&in, &s->created) && cut(&in, ";keyid=\"") &&
	     cut_len(&in, CODEC_B64U_32, &key) && codec_b64u_32(key, s->key) &&
	     cut(&in, "\";nonce=\"") && cut_len(&in, CODEC_B64U_16, &nonce) &&
	     codec_b64u_16(nonce, s->nonce) && cut(&in, "\";alg=\"ed25519\";tag=\"kk1\"") &&
	     in.len == 0;
	buf_free(&comp);
	return ok;
}

enum rc httpsig_parse(struct span input, struct span signature, const struct httpsig_req *r,
		      struct httpsig *ret, struct err *reterr)
{
	struct httpsig s = {0};
	struct span sig;

	if (!read_input(input, r, &s))
		return err_set(reterr, RC_REFUSED, "P3", "httpsig.input", NULL);
	if (!cut(&signature, label) || !cut(&signature, ":") ||
	    !cut_len(&signature, CODEC_B64_LEN(CRYPT_SIG_LEN), &sig) ||
	    !codec_b64_exact(sig, s.sig, sizeof(s.sig)) || !cut(&signature, ":") || signature.len)
		return err_set(reterr, RC_REFUSED, "P3", "httpsig.value", NULL);
	*ret = s;
	return RC_OK;
}

enum rc httpsig_verify(const struct httpsig *s, const struct httpsig_req *r, struct err *reterr)
{
	struct buf base;
	enum rc rc;

	buf_init(&base, BASE_MAX);
	rc = signature_base(r, s, &base, reterr);
	if (rc == RC_OK && !crypt_verify(s->sig, span_buf(&base), s->key))
		rc = err_set(reterr, RC_REFUSED, "P4", "httpsig.signature", NULL);
	buf_free(&base);
	return rc;
}

enum rc httpsig_fresh(const struct httpsig *s, int64_t now, struct err *reterr)
{
	if (s->created < now - HTTPSIG_WINDOW_S || s->created > now + HTTPSIG_WINDOW_S)
		return err_num(reterr, RC_REFUSED, "P5", "httpsig.clock", "now", now);
	return RC_OK;
}
