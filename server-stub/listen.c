/*
 * listen: the address and the PEM files of a listener, checked together. Does NOT listen.
 */
#include "server-stub/listen.h"

#include "lib/os.h"

enum { PEM_MAX = 256 * 1024 };

static enum rc check(const char *address, bool cert, bool key, struct err *reterr)
{
	if (cert != key)
		return err_set(reterr, RC_USAGE, "P1", "server.tls_pair", NULL);
	if (!cert && !os_is_loopback(address))
		return err_set(reterr, RC_USAGE, "P1", "server.plain", "address", address, NULL);
	return RC_OK;
}

enum rc listen_read(struct listen *ret, const struct json *in, struct err *reterr)
{
	const char *address = json_get_str(in, "listen");
	const char *cert = json_get_str(in, "tls_cert"), *key = json_get_str(in, "tls_key");
	int64_t port = 0;
	enum rc rc;

	*ret = (struct listen){.address = address ? address : "127.0.0.1"};
	buf_init(&ret->cert, PEM_MAX);
	buf_init(&ret->key, PEM_MAX);
	ret->key.secret = true;
	json_get_int(in, "port", &port);
	ret->port = (uint16_t)port;
	rc = check(ret->address, cert, key, reterr);
	if (rc == RC_OK && cert)
		rc = os_file_read(cert, &ret->cert, reterr);
	if (rc == RC_OK && key)
		rc = os_file_read(key, &ret->key, reterr);
	if (rc == RC_OK && ret->cert.len > 0 && ret->key.len > 0) {
		ret->cert_pem = (const char *)ret->cert.p;
		ret->key_pem = (const char *)ret->key.p;
	}
	return rc;
}

void listen_free(struct listen *l)
{
	buf_free(&l->cert);
	buf_free(&l->key);
}
