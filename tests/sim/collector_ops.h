/*
 * collector_ops: the collector's operations under the names they have in the simulator, where
 * both programs are linked together (cmake/sim.cmake).
 */
#ifndef KK_TESTS_SIM_COLLECTOR_OPS_H
#define KK_TESTS_SIM_COLLECTOR_OPS_H

#include "lib/op.h"

extern const struct op collector_op_init, collector_op_staff_add;
extern const struct op collector_op_enrol_code, collector_op_enrol_list, collector_op_enrol_approve;
extern const struct op collector_op_review, collector_op_resolve;
extern const struct op collector_op_revoke, collector_op_admit, collector_op_erase;
extern const struct op collector_op_verify, collector_op_recover;
extern const struct op collector_op_import, collector_op_policy_set;
extern const struct op collector_op_catalogue_import, collector_op_unit_merge;

#endif
