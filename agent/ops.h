/*
 * ops: every operation of the agent, each in its op_NAME.c. The command line, the
 * loopback API and the page run the same ones (docs/API.md).
 */
#ifndef KK_AGENT_OPS_H
#define KK_AGENT_OPS_H

#include "lib/op.h"

extern const struct op op_enrol;
extern const struct op op_clerk_add;
extern const struct op op_clerk_list;
extern const struct op op_clerk_pin;
extern const struct op op_clerk_renew;
extern const struct op op_unlock_clerk;
extern const struct op op_lock_clerks;
extern const struct op op_record;
extern const struct op op_submit;
extern const struct op op_form;
extern const struct op op_draft_new;
extern const struct op op_draft_show;
extern const struct op op_draft_set;
extern const struct op op_draft_remove;
extern const struct op op_correct;
extern const struct op op_list;
extern const struct op op_show;
extern const struct op op_history;
extern const struct op op_search;
extern const struct op op_table;
extern const struct op op_conflicts;
extern const struct op op_resolve;
extern const struct op op_choose;
extern const struct op op_duplicates;
extern const struct op op_link;
extern const struct op op_unlink;
extern const struct op op_import;
extern const struct op op_export;
extern const struct op op_due;
extern const struct op op_sync;
extern const struct op op_serve;
extern const struct op op_status;
extern const struct op op_network;
extern const struct op op_autostart;
extern const struct op op_alarm_list;
extern const struct op op_alarm_export;
extern const struct op op_alarm_close;
extern const struct op op_machine;
extern const struct op op_forks;
extern const struct op op_receipt;
extern const struct op op_stocktake;
extern const struct op op_scan;
extern const struct op op_count;
extern const struct op op_surplus;
extern const struct op op_finish;
extern const struct op op_minutes;
extern const struct op op_labels;
extern const struct op op_verify;
extern const struct op op_verify_store;
extern const struct op op_verify_record;
extern const struct op op_entry;
extern const struct op op_explain;
extern const struct op op_backup;
extern const struct op op_restore;

#endif
