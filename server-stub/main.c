/*
 * kiemke-collector: the table of its operations. Everything else is in op_*.c.
 */
#include "lib/op_cli.h"
#include "server-stub/collector.h"
#include "server-stub/ops.h"

int main(int argc, char **argv)
{
	const struct op ops[] = {
	    op_init,         op_serve,         op_enrol_code,
	    op_enrol_list,   op_enrol_approve, op_staff_add,
	    op_staff_list,   op_staff_passphrase,
	    op_token_add,    op_token_list,   op_token_revoke, op_acts,
	    op_keys,         op_revoke,       op_held,          op_admit,         op_erase,
	    op_catalogue_import, op_catalogue_list, op_contacts_import, op_contacts_set,
	    op_unit_show,    op_unit_merge,    op_unit_split,
	    op_form_list,    op_form_show,     op_form_diff,
	    op_form_draft,   op_form_check,    op_form_discard, op_form_import,
	    op_form_publish, op_form_close,
	    op_schedule_list, op_schedule_show, op_schedule_check, op_schedule_publish, op_schedule_cancel,
	    op_submissions,  op_show,          op_review,
	    op_task_add,     op_task_list,     op_task_close,
	    op_conflicts,    op_resolve,       op_choose,
	    op_duplicates,   op_link,          op_unlink,       op_forks,
	    op_import,       op_export,
	    op_board,        op_report,       op_report_freeze, op_report_list,
	    op_checkpoint,   op_verify,        op_lines,
	    op_explain,      op_backup,        op_restore,
	    op_recover,      op_recovery,
	    op_policy_set,   op_policy_show,   op_limits,
	    op_webhook_add,  op_webhook_list, op_webhook_remove, op_webhook_rotate,
	    op_webhook_test, op_webhook_resume, op_webhook_deliveries,
	    op_witness_init, op_witness_follow, op_witness_status, op_witness_serve,
	};
	const struct op_group witness = {
	    .word = "witness",
	    .home_env = "KIEMKE_WITNESS_HOME",
	    .home_dir = "kiemke-witness",
	    .open = op_witness_open,
	    .close = op_witness_close,
	};
	const struct op_program program = {
	    .name = "kiemke-collector",
	    .summary = "collector.summary",
	    .version = KK_VERSION,
	    .home_env = "KIEMKE_COLLECTOR_HOME",
	    .home_dir = "kiemke-collector",
	    .op = ops,
	    .nop = sizeof(ops) / sizeof(ops[0]),
	    .open = collector_open,
	    .close = collector_close,
	    .group = &witness,
	    .ngroup = 1,
	};

	return op_cli_main(&program, argc, argv);
}
