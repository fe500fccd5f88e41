/*
 * kiemke: the agent on a commune PC. This file is the table of its operations and
 * nothing else; each one's work is in its op_NAME.c.
 */
#include "agent/agent.h"
#include "agent/ops.h"
#include "lib/op_cli.h"

int main(int argc, char **argv)
{
	const struct op ops[] = {
	    op_enrol,       op_clerk_add,    op_clerk_list, op_clerk_pin, op_clerk_renew, op_unlock_clerk,
	    op_lock_clerks, op_record,       op_submit,     op_correct,   op_list,
	    op_form,        op_draft_new,    op_draft_show, op_draft_set, op_draft_remove,
	    op_show,        op_history,      op_search,     op_table, op_conflicts, op_resolve,
    op_choose,      op_duplicates,   op_link,       op_unlink,
	    op_stocktake,   op_scan,         op_count,      op_surplus,   op_finish,
	    op_minutes,     op_labels,
	    op_import,      op_sync,         op_serve,      op_status,    op_receipt,
	    op_verify,      op_verify_store, op_verify_record, op_entry,      op_explain,   op_backup,
	    op_machine,     op_forks,        op_network,    op_restore,   op_autostart,
	    op_alarm_list,  op_alarm_export, op_alarm_close, op_export, op_due,
	};
	const struct op_program program = {
	    .name = "kiemke",
	    .summary = "agent.summary",
	    .version = KK_VERSION,
	    .home_env = "KIEMKE_HOME",
	    .home_dir = "kiemke",
	    .op = ops,
	    .nop = sizeof(ops) / sizeof(ops[0]),
	    .open = agent_open,
	    .close = agent_close,
	};

	return op_cli_main(&program, argc, argv);
}
