/*
 * sequencer: see sequencer.h.
 */
#include "tests/support/sequencer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/os.h"

void sequencer_open(struct sequencer *s, const char *name, int64_t now)
{
	uint8_t seed[CRYPT_SEED_LEN] = {9};
	struct ingest_conf conf = {.thread = false};

	memset(s, 0, sizeof(*s));
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(os_dir_temp(&s->col.home, name, NULL), RC_OK);
	assert_int_equal(archive_sqlite_open(&s->col.archive, s->col.home, true, NULL), RC_OK);
	assert_int_equal(crypt_signer_seed(seed, &s->col.log, NULL), RC_OK);
	clock_manual_init(&s->clock, now);
	s->col.clock = &s->clock.clock;
	actor_init(&s->root, 1);
	conf.archive = s->col.archive;
	conf.clock = s->col.clock;
	conf.log = s->col.log;
	conf.root = s->root.pk;
	assert_int_equal(ingest_open(&s->col.ingest, &conf, NULL), RC_OK);
}

void sequencer_close(struct sequencer *s)
{
	ingest_free(s->col.ingest);
	archive_free(s->col.archive);
	crypt_signer_free(s->col.log);
	actor_free(&s->root);
	assert_int_equal(os_dir_remove(s->col.home, NULL), RC_OK);
	free(s->col.home);
}
