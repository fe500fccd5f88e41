/*
 * op forks: PCs that wrote two entries with one number: copied, or set back to an image
 * (A9 `fork`). Both lines are shown; nothing of either is lost (A11).
 */
#include <stdlib.h>
#include <string.h>

#include "server-stub/collector.h"
#include "server-stub/enrolment.h"
#include "server-stub/ops.h"
#include "server-stub/who.h"
#include "sync/fork.h"

static const struct op_arg args[] = {
    {.name = "scope", .type = OP_STRING, .help = "act.arg.scope", .meta = "CODE"},
};

struct forks {
	struct json *all;
	const struct keyring *keyring;
	const struct op_call *call;
	const char *scope; /* NULL: every one */
	enum rc rc;
	struct err *reterr;
};

static bool take(void *arg, const struct archive_row *row)
{
	struct forks *f = arg;
	struct fork_side side = {.index = row->index, .received_at = row->received_at};
	struct entry *e = NULL;

	if ((f->scope && strcmp(f->scope, row->scope) != 0) || !who_sees(f->call, row->scope))
		return true;
	f->rc = archive_read_entry(row, &e, f->reterr);
	side.e = e;
	if (f->rc == RC_OK)
		fork_add(f->all, f->keyring, &side);
	entry_free(e);
	return f->rc == RC_OK;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct forks f = {.all = json_array(),
			  .keyring = snap->keyring,
			  .call = call,
			  .scope = json_get_str(in, "scope"),
			  .reterr = reterr};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->fork_rows(r->ctx, take, &f, reterr);
	if (rc == RC_OK)
		rc = f.rc;
	archive_read_end(col->archive, r);
	ingest_snapshot_end(col->ingest, snap);
	if (rc != RC_OK) {
		json_free(f.all);
		return rc;
	}
	for (struct json *o = json_first(f.all); o; o = json_next(o)) {
		char *unit = enrolment_unit(col, json_get_str(o, "scope"));

		json_set_str(o, "unit", unit ? unit : "");
		free(unit);
	}
	*ret = json_object();
	json_set(*ret, "forks", f.all);
	return RC_OK;
}

const struct op op_forks = {.name = "forks",
			    .summary = "fork.summary",
			    .flags = OP_READ,
			    .arg = args,
			    .narg = sizeof(args) / sizeof(args[0]),
			    .run = run,
			    .print = fork_print};
