/*
 * chain: which of a check and its corrections counts, and what a choice between them does.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/chain.h"

static const uint8_t *id_of(char name)
{
	static uint8_t id[128][16];
	uint8_t *x = id[(unsigned char)name];

	memset(x, 0, 16);
	x[0] = 1;
	x[6] = 0x70;
	x[8] = 0x80;
	x[15] = (uint8_t)name;
	return x;
}

/* "BA CB" : B corrects A, C corrects B. choice: "A>B:BC": of A, B was chosen among B and C; "" none. */
struct told {
	const char *links, *choice;
	const char *counts, *replaced, *disputed; /* names */
	char open;                                /* the check with an open choice; 0 none */
};

static struct form *choice_form(void)
{
	struct form *f = NULL;
	struct buf text;

	buf_init(&text, LIMIT_MIB);
	assert_int_equal(os_file_read("sync/forms/choice.json", &text, NULL), RC_OK);
	assert_int_equal(form_parse(span_buf(&text), &f, NULL), RC_OK);
	buf_free(&text);
	return f;
}

/* Apply one choice; entry n, naming those in `after`. */
static void write_choice(struct merge_state *s, uint8_t n, const char *choice, const char *after)
{
	char uuid[CODEC_UUID_LEN + 1], raw[3][512] = {"", "", "["};
	uint8_t id[ENTRY_ID_LEN], names[8][ENTRY_ID_LEN];
	bool present[8];
	size_t nafter = 0;

	codec_uuid(id_of(choice[0]), uuid);
	snprintf(raw[0], sizeof(raw[0]), "\"%s\"", uuid);
	codec_uuid(id_of(choice[2]), uuid);
	snprintf(raw[1], sizeof(raw[1]), "\"%s\"", uuid);
	for (const char *p = choice + 4; *p; p++) {
		size_t at = strlen(raw[2]);
		codec_uuid(id_of(*p), uuid);
		snprintf(raw[2] + at, sizeof(raw[2]) - at, "%s\"%s\"", at > 1 ? "," : "", uuid);
	}
	snprintf(raw[2] + strlen(raw[2]), 2, "]");
	const struct entry_field field[] = {{.name = span_str("of"), .raw = span_str(raw[0])},
					    {.name = span_str("chosen"), .raw = span_str(raw[1])},
					    {.name = span_str("among"), .raw = span_str(raw[2])}};
	for (; *after; after++, nafter++) {
		memset(names[nafter], *after, ENTRY_ID_LEN);
		present[nafter] = true;
	}
	memset(id, n, sizeof(id));
	const struct merge_input in = {.id = id,
				       .at = n,
				       .field = field,
				       .nfield = 3,
				       .after = (const uint8_t(*)[ENTRY_ID_LEN])names,
				       .nafter = nafter};
	assert_int_equal(merge_apply(s, &in, present, NULL, NULL), RC_OK);
}

static void check(const struct told *t, struct merge_state *choice, const struct form *form)
{
	struct chain *c = NULL;
	const char *scope = NULL;
	const uint8_t *of = NULL;

	assert_int_equal(chain_new(&c, NULL), RC_OK);
	for (const char *p = t->links; *p; p += p[2] ? 3 : 2)
		assert_int_equal(chain_add(c, "00004", id_of(p[0]), id_of(p[1]), NULL), RC_OK);
	if (choice)
		assert_int_equal(chain_choose(c, "00004", choice, form, NULL), RC_OK);
	assert_int_equal(chain_settle(c, NULL), RC_OK);
	for (const char *p = t->counts; *p; p++)
		assert_int_equal(chain_standing(c, "00004", id_of(*p)), CHAIN_COUNTS);
	for (const char *p = t->replaced; *p; p++)
		assert_int_equal(chain_standing(c, "00004", id_of(*p)), CHAIN_REPLACED);
	for (const char *p = t->disputed; *p; p++)
		assert_int_equal(chain_standing(c, "00004", id_of(*p)), CHAIN_DISPUTED);
	assert_int_equal(chain_dispute(c, 0, &scope, &of), t->open != 0);
	if (t->open)
		assert_memory_equal(of, id_of(t->open), 16);
	chain_free(c);
}

/* clause: M12 M17 */
static void one_of_a_chain_counts(void **state)
{
	static const struct told cases[] = {
	    {"", "", "A", "", "", 0},
	    {"BA", "", "B", "A", "", 0},
	    {"CB BA DC", "", "D", "ABC", "", 0},
	    {"BA CA", "", "A", "", "BC", 'A'},          /* until somebody chooses */
	    {"BA CA DB EC", "", "A", "", "BCDE", 'A'},  /* and all behind them */
	    {"BA CB DB", "", "B", "A", "CD", 'B'},      /* the branch is further on */
	    {"BA CA", "A>B:BC", "B", "AC", "", 0},
	    {"BA CA", "A>C:BC", "C", "AB", "", 0},
	    {"BA CA", "A>A:BC", "A", "BC", "", 0},      /* none of them */
	    {"BA CA DB", "A>B:BC", "D", "ABC", "", 0},  /* the chosen one was corrected */
	    {"BA CA DC", "A>B:BC", "B", "ACD", "", 0},  /* what is behind the other does not count */
	    {"BA CA DA", "A>B:BC", "A", "", "BCD", 'A'},/* a third one nobody knew of */
	    {"BA CA DA", "A>B:BCD", "B", "ACD", "", 0},
	    {"BA CA", "A>D:BC", "A", "", "BC", 'A'},    /* chose what is none of them */
	    {"BA", "A>C:BC", "B", "A", "", 0},          /* the chosen one no longer counts: one is left */
	    {"AA", "", "A", "", "", 0},
	    {"AB BA", "", "", "AB", "", 0},             /* a ring counts nowhere */
	};
	struct form *form = choice_form();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct merge_state *s = NULL;
		assert_int_equal(merge_new(&s, NULL), RC_OK);
		if (cases[i].choice[0])
			write_choice(s, 'a', cases[i].choice, "");
		check(&cases[i], cases[i].choice[0] ? s : NULL, form);
		merge_free(s);
	}
	form_free(form);
}

/* clause: M17 M10 */
static void a_choice_is_changed_and_contested_like_any_decision(void **state)
{
	struct form *form = choice_form();
	struct merge_state *s = NULL;
	const struct told b = {"BA CA", "", "B", "AC", "", 0}, c = {"BA CA", "", "C", "AB", "", 0},
			  open = {"BA CA", "", "A", "", "BC", 'A'};

	(void)state;
	assert_int_equal(merge_new(&s, NULL), RC_OK);
	write_choice(s, 'a', "A>B:BC", "");
	check(&b, s, form);
	write_choice(s, 'b', "A>C:BC", "a"); /* decided otherwise */
	check(&c, s, form);
	write_choice(s, 'c', "A>B:BC", "a"); /* at the same time, somewhere else */
	check(&open, s, form);
	write_choice(s, 'd', "A>B:BC", "bc");
	check(&b, s, form);
	write_choice(s, 'e', "A>B:CB", "bc"); /* two that agree */
	check(&b, s, form);
	merge_free(s);
	form_free(form);
}

/* clause: M12 M1 */
static void scopes_do_not_touch_each_other(void **state)
{
	struct chain *c = NULL;

	(void)state;
	assert_int_equal(chain_new(&c, NULL), RC_OK);
	assert_int_equal(chain_add(c, "00007", id_of('B'), id_of('A'), NULL), RC_OK);
	assert_int_equal(chain_settle(c, NULL), RC_OK);
	assert_int_equal(chain_standing(c, "00007", id_of('A')), CHAIN_REPLACED);
	assert_int_equal(chain_standing(c, "00004", id_of('A')), CHAIN_COUNTS);
	assert_int_equal(chain_standing(c, "00004", id_of('B')), CHAIN_COUNTS);
	assert_null(chain_correction(c, "00004", id_of('A'), 0));
	assert_memory_equal(chain_correction(c, "00007", id_of('A'), 0), id_of('B'), 16);
	chain_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_of_a_chain_counts),
	    cmocka_unit_test(a_choice_is_changed_and_contested_like_any_decision),
	    cmocka_unit_test(scopes_do_not_touch_each_other),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
