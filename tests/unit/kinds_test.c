/*
 * kinds: the table of who may write what, said a second time in the words of K9 and K10 and
 * compared with what FORMAT.md prints.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "sync/kinds.h"

static const char *const kind_names[] = {
    "facility",         "asset",          "inventory",       "inventory_line",
    "committee_member", "facility_check", "equipment_check", "equipment_line",
    "weekly_statement", "photo",          "choice",          "review",         "task",
    "schedule",         "catalogue",      "merger",          "split",   "report", "access", "some_new_form"};
enum { KINDS = sizeof(kind_names) / sizeof(kind_names[0]) };

static bool among(const char *word, const char *list)
{
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == 0))
			return true;
	return false;
}

/* The words of K9: ops in "*", ops in a commune, kinds in "*", kinds in a commune. */
static const struct {
	enum role role;
	const char *central, *commune, *sets_central, *sets_commune;
} said[] = {
    {ROLE_ROOT, "open cert revoke form log", "", "", ""},
    {ROLE_REGISTRAR, "open revoke admit", "open cert revoke admit erase",
     "catalogue merger split access", ""},
    {ROLE_VERIFIER, "open", "open", "",
     "facility asset inventory inventory_line committee_member choice review task"},
    {ROLE_PROVINCE_VERIFIER, "open", "open", "",
     "facility asset inventory inventory_line committee_member choice review task"},
    {ROLE_REPORTER, "open", "open", "schedule report", "task"},
    {ROLE_AUDITOR, "", "", "", ""},
    {ROLE_CLERK, "", "open", "",
     "facility asset inventory inventory_line committee_member facility_check equipment_check "
     "equipment_line weekly_statement photo choice some_new_form"},
    {ROLE_DEVICE, "", "", "", ""},
};

/* clause: K9 */
static void each_role_writes_what_k9_says_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(sizeof(said) / sizeof(said[0]), ROLE_N);
	for (size_t i = 0; i < ROLE_N; i++) {
		for (unsigned op = 0; op < ENTRY_UNKNOWN; op++) {
			if (op == ENTRY_SET)
				continue;
			const char *name = entry_op_name((enum entry_op)op);
			assert_int_equal(kinds_may(said[i].role, (enum entry_op)op, "", "*"),
					 among(name, said[i].central));
			assert_int_equal(kinds_may(said[i].role, (enum entry_op)op, "", "00004"),
					 among(name, said[i].commune));
		}
		for (size_t k = 0; k < KINDS; k++) {
			assert_int_equal(kinds_may(said[i].role, ENTRY_SET, kind_names[k], "*"),
					 among(kind_names[k], said[i].sets_central));
			assert_int_equal(kinds_may(said[i].role, ENTRY_SET, kind_names[k], "00004"),
					 among(kind_names[k], said[i].sets_commune));
		}
	}
}

/* clause: K9 */
static void format_md_prints_the_table(void **state)
{
	struct buf table, doc;

	(void)state;
	buf_init(&table, LIMIT_MIB);
	buf_init(&doc, LIMIT_MIB);
	kinds_print(&table);
	assert_int_equal(os_file_read("sync/FORMAT.md", &doc, NULL), RC_OK);
	assert_non_null(strstr((const char *)doc.p, (const char *)table.p));
	buf_free(&table);
	buf_free(&doc);
}

/* clause: K10 */
static void the_root_certifies_staff_and_a_registrar_clerks_and_devices(void **state)
{
	const char *by_root = "registrar verifier province_verifier reporter auditor";

	(void)state;
	for (unsigned by = 0; by < ROLE_N; by++) {
		for (unsigned r = 0; r < ROLE_N; r++) {
			const char *list = by == ROLE_ROOT        ? by_root
					   : by == ROLE_REGISTRAR ? "clerk device"
								  : "";
			assert_int_equal(kinds_may_certify((enum role)by, (enum role)r),
					 among(authority_role_name((enum role)r), list));
		}
	}
}

/* clause: A8 */
static void a_registrar_revokes_registrars_clerks_and_devices_and_the_root_anybody_else(
    void **state)
{
	(void)state;
	for (unsigned by = 0; by < ROLE_N; by++) {
		for (unsigned r = 0; r < ROLE_N; r++) {
			const char *name = authority_role_name((enum role)r);
			bool may = by == ROLE_ROOT ? r != ROLE_ROOT
						   : by == ROLE_REGISTRAR &&
							 among(name, "registrar clerk device");
			assert_int_equal(kinds_may_revoke((enum role)by, (enum role)r), may);
		}
	}
}

/* clause: M12 M21 */
static void checks_their_parts_reviews_and_issues_are_set_once(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		assert_int_equal(kinds_once(kind_names[k]),
				 among(kind_names[k],
				       "facility_check equipment_check equipment_line "
				       "weekly_statement photo review report"));
		assert_int_equal(kinds_single(kind_names[k]), among(kind_names[k], "review report"));
	}
}

/* clause: A5 K9 */
static void two_roles_decide_and_one_of_them_not_for_the_centre(void **state)
{
	(void)state;
	for (unsigned r = 0; r < ROLE_N; r++)
		assert_int_equal(kinds_rule((enum role)r)->decides,
				 r == ROLE_VERIFIER            ? DECISION_CENTRE
				 : r == ROLE_PROVINCE_VERIFIER ? DECISION_PROVINCE
							       : DECISION_NOBODY);
}

static void every_kind_of_the_table_is_in_its_class(void **state)
{
	enum kinds_class c;
	size_t n = 0;

	(void)state;
	for (const char *kind; (kind = kinds_at(n, &c)); n++) {
		assert_int_equal(kinds_class(kind), c);
		assert_string_not_equal(kinds_class_name(c), "");
	}
	assert_int_equal(n, KINDS - 1);
	assert_int_equal(kinds_class("some_new_form"), KINDS_OTHER);
	assert_int_equal(kinds_class(""), KINDS_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_role_writes_what_k9_says_and_nothing_else),
	    cmocka_unit_test(format_md_prints_the_table),
	    cmocka_unit_test(the_root_certifies_staff_and_a_registrar_clerks_and_devices),
	    cmocka_unit_test(
		a_registrar_revokes_registrars_clerks_and_devices_and_the_root_anybody_else),
	    cmocka_unit_test(checks_their_parts_reviews_and_issues_are_set_once),
	    cmocka_unit_test(two_roles_decide_and_one_of_them_not_for_the_centre),
	    cmocka_unit_test(every_kind_of_the_table_is_in_its_class),
	};

	return cmocka_run_group_tests_name("kinds", tests, NULL, NULL);
}
