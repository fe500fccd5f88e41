/*
 * ops: the operations of the collector, one op_NAME.c each; main.c puts them in the order
 * --help shows.
 */
#ifndef KK_COLLECTOR_OPS_H
#define KK_COLLECTOR_OPS_H

#include "lib/op.h"

extern const struct op op_init;
extern const struct op op_serve;
extern const struct op op_enrol_code, op_enrol_list, op_enrol_approve;
extern const struct op op_staff_add, op_staff_list, op_staff_passphrase;
extern const struct op op_token_add, op_token_list, op_token_revoke;
extern const struct op op_acts;
extern const struct op op_keys;
extern const struct op op_revoke;
extern const struct op op_held;
extern const struct op op_admit;
extern const struct op op_erase;
extern const struct op op_catalogue_import;
extern const struct op op_contacts_import, op_contacts_set, op_catalogue_list, op_unit_show;
extern const struct op op_unit_merge;
extern const struct op op_unit_split;
extern const struct op op_form_publish, op_form_close;
extern const struct op op_form_list, op_form_show, op_form_diff;
extern const struct op op_form_draft, op_form_check, op_form_discard, op_form_import;
extern const struct op op_schedule_publish, op_schedule_cancel;
extern const struct op op_schedule_list, op_schedule_show, op_schedule_check;
extern const struct op op_submissions;
extern const struct op op_show;
extern const struct op op_review;
extern const struct op op_task_add, op_task_list, op_task_close;
extern const struct op op_conflicts;
extern const struct op op_resolve;
extern const struct op op_choose;
extern const struct op op_duplicates;
extern const struct op op_link, op_unlink;
extern const struct op op_forks;
extern const struct op op_recover;
extern const struct op op_recovery;
extern const struct op op_import, op_export;
extern const struct op op_checkpoint;
extern const struct op op_verify;
extern const struct op op_board;
extern const struct op op_report, op_report_freeze, op_report_list;
extern const struct op op_lines;
extern const struct op op_explain;
extern const struct op op_backup, op_restore;
extern const struct op op_limits;
extern const struct op op_policy_set, op_policy_show;
extern const struct op op_webhook_add, op_webhook_list, op_webhook_remove, op_webhook_rotate;
extern const struct op op_webhook_test, op_webhook_resume, op_webhook_deliveries;
extern const struct op op_witness_init, op_witness_follow, op_witness_status, op_witness_serve;

/* The store of the `witness` commands (struct op_group). */
enum rc op_witness_open(const char *home, bool create, void **retapp, struct err *reterr);
void op_witness_close(void *app);

#endif
