/*
 * herd HOME N: certify N PCs, each with a device and a clerk in a scope of its own, in the
 * collector at HOME that nobody is serving. The registrar's passphrase is the first line of
 * stdin. The certs are sealed and sequenced like any others, 600 PCs to a group.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/collector.h"
#include "tests/support/herd.h"

enum { GROUP_PCS = 600, LINES_EACH = 3 };

static struct entry *cert(struct herd_feed *f, struct crypt_signer *registrar, int64_t at,
			  const struct authority_cert *c)
{
	struct entry_draft d = {.op = ENTRY_CERT};
	struct err e = {0};
	struct entry *made;
	struct buf set;

	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	herd_must(authority_cert_write(c, &set, &e), &e);
	d.set = span_buf(&set);
	made = herd_seal(f, registrar, at, &d);
	buf_free(&set);
	return made;
}

/* The registrar's feed for this PC's scope: open, device, clerk (K10). */
static void certify(unsigned n, struct crypt_signer *registrar, int64_t at,
		    struct entry *ret[LINES_EACH])
{
	struct crypt_signer *device = herd_signer(n, HERD_DEVICE);
	struct crypt_signer *clerk = herd_signer(n, HERD_CLERK);
	struct authority_cert c = {.role = ROLE_DEVICE, .name = "Máy thử", .nscope = 1};
	struct entry_draft open = {.op = ENTRY_OPEN};
	struct herd_feed f;

	herd_feed(n, crypt_signer_pk(registrar), &f);
	memcpy(c.scope[0], f.scope, sizeof(f.scope));
	memcpy(c.key, crypt_signer_pk(device), CRYPT_PK_LEN);
	ret[0] = herd_seal(&f, registrar, at, &open);
	ret[1] = cert(&f, registrar, at, &c);
	c.role = ROLE_CLERK;
	c.has_device = true;
	memcpy(c.device, c.key, CRYPT_PK_LEN);
	memcpy(c.key, crypt_signer_pk(clerk), CRYPT_PK_LEN);
	memcpy(c.name, "Nguyễn Thị Thử", sizeof("Nguyễn Thị Thử"));
	ret[2] = cert(&f, registrar, at, &c);
	crypt_signer_free(device);
	crypt_signer_free(clerk);
}

static void submit(struct collector *col, struct entry **e, size_t n)
{
	static struct session_line line[GROUP_PCS * LINES_EACH];
	static struct session_verdict verdict[GROUP_PCS * LINES_EACH];
	struct err why = {0};

	for (size_t i = 0; i < n; i++)
		line[i] = (struct session_line){.e = e[i]};
	herd_must(ingest_submit(col->ingest, line, n, verdict, &why), &why);
	for (size_t i = 0; i < n; i++) {
		if (verdict[i].kind != SESSION_ACCEPTED) {
			fprintf(stderr, "cert %zu: %s %s\n", i,
				keyring_verdict_name(verdict[i].why), verdict[i].key);
			exit(1);
		}
		entry_free(e[i]);
	}
}

static struct crypt_signer *registrar_of(const char *home)
{
	struct crypt_signer *s = NULL;
	struct err e = {0};
	char pass[256];

	if (!fgets(pass, sizeof(pass), stdin))
		pass[0] = '\0';
	pass[strcspn(pass, "\n")] = '\0';
	herd_must(vault_unseal(home, "registrar", pass, &s, &e), &e);
	return s;
}

int main(int argc, char **argv)
{
	static struct entry *e[GROUP_PCS * LINES_EACH];
	struct crypt_signer *registrar;
	struct err why = {0};
	void *app = NULL;
	size_t used = 0;

	if (argc != 3)
		return 64;
	herd_must(os_init(&argc, &argv, &why), &why);
	herd_must(collector_open(argv[1], false, &app, &why), &why);
	herd_must(collector_ready(app, &why), &why);
	registrar = registrar_of(argv[1]);
	for (unsigned n = 0; n < (unsigned)strtoul(argv[2], NULL, 10); n++) {
		if (used == GROUP_PCS * LINES_EACH) {
			submit(app, e, used);
			used = 0;
		}
		certify(n, registrar, os_now_s(), e + used);
		used += LINES_EACH;
	}
	if (used > 0)
		submit(app, e, used);
	crypt_signer_free(registrar);
	collector_close(app);
	return 0;
}
