/*
 * op receipt: the proof that a record is in the collector's log, as files anyone can check:
 *   sigsum-verify -k author.pub -p policy proof < payload
 * Of a check or statement each line has a folder of its own below lines/. What is
 * written has been checked first; without a place to write to it is checked all the same. Clauses L6-L8.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/receipt_paper.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/printed.h"
#include "sync/note.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "receipt.arg.id",
     .meta = "ID"},
    {.name = "out", .type = OP_PATH, .flags = 0, .help = "receipt.arg.out", .meta = "DIR"},
    {.name = "pdf", .type = OP_PATH, .flags = 0, .help = "receipt.arg.pdf", .meta = "FILE"},
    {.name = "paper", .type = OP_BOOL, .flags = 0, .help = "receipt.arg.paper"},
};

/* ---- which entry ---- */

/* The newest entry of the record that has a receipt: of a submission its header. */
static enum rc newest(struct agent *agent, const char *typed, uint8_t ret[ENTRY_ID_LEN],
		      struct err *reterr)
{
	struct store_entity *e = NULL;
	struct look_history h = {0};
	bool found = false;
	enum rc rc = look_find(agent, NULL, typed, &e, reterr);

	if (rc == RC_OK)
		rc = look_history(agent, e->no, &h, reterr);
	for (size_t i = 0; rc == RC_OK && i < h.n; i++)
		if (h.entry[i].x.proof_index >= 0 && h.entry[i].e) {
			memcpy(ret, h.entry[i].x.id, ENTRY_ID_LEN);
			found = true;
		}
	if (rc == RC_OK && !found)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "store.no_receipt", NULL);
	look_history_free(&h);
	store_entity_free(e);
	return rc;
}

static enum rc find(struct agent *agent, const char *typed, struct store_entry *ret,
		    struct err *reterr)
{
	uint8_t id[ENTRY_ID_LEN];
	enum rc rc = RC_OK;

	if (!codec_b64u_32(span_str(typed), id))
		rc = newest(agent, typed, id, reterr);
	if (rc == RC_OK)
		rc = store_entry_get(agent->store, id, ret, reterr);
	if (rc == RC_OK && ret->e->erased)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "receipt.erased", NULL);
	return rc;
}

/* ---- the four files ---- */

/* The policy of the log that gave the receipt, which need not be the log in use (L12). */
static void policy_of(struct agent *agent, const struct note *n, struct note_policy *ret)
{
	const struct keyring *k = store_keyring(agent->store);
	struct authority_log log;

	if (k && keyring_log_of(k, n->log, &log)) {
		*ret = log.policy;
		return;
	}
	*ret = (struct note_policy){.quorum = 0};
	memcpy(ret->log, n->log, CRYPT_PK_LEN);
}

static enum rc write_file(const char *dir, const char *name, struct span bytes, struct err *reterr)
{
	char *path = NULL;
	enum rc rc = os_path_join(&path, dir, name, reterr);

	if (rc == RC_OK)
		rc = os_file_write(path, bytes, OS_REPLACE, reterr);
	free(path);
	return rc;
}

/*
 * Before enough witnesses have signed, the receipt proves only what the log says (L8): its policy asks for none,
 * and the answer tells it.
 */
static void judge(const struct note *n, struct note_policy *p, bool *retproven)
{
	uint64_t time;

	note_quorum(n, p, retproven, &time);
	*retproven = *retproven && p->quorum > 0;
	if (!*retproven)
		p->quorum = 0;
}

struct texts {
	struct buf note, proof, policy, author;
	struct note signed_note;
	struct note_policy trusted; /* quorum 0 unless proven */
	bool proven;
};

static void texts_init(struct texts *t)
{
	struct buf *const all[] = {&t->note, &t->policy, &t->author};

	t->proven = false;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_init(all[i], NOTE_TEXT_MAX);
	buf_init(&t->proof, NOTE_RECEIPT_MAX);
}

static void texts_free(struct texts *t)
{
	buf_free(&t->note);
	buf_free(&t->proof);
	buf_free(&t->policy);
	buf_free(&t->author);
}

static enum rc make(struct agent *agent, const struct store_entry *x, struct texts *t,
		    struct err *reterr)
{
	struct tree_proof proof;
	enum rc rc = store_receipt(agent->store, x, &t->note, &t->signed_note, &proof, reterr);

	if (rc != RC_OK)
		return rc;
	policy_of(agent, &t->signed_note, &t->trusted);
	judge(&t->signed_note, &t->trusted, &t->proven);
	rc = note_receipt_write(x->e->keyhash, x->proof_sig, (uint64_t)x->proof_index,
				&t->signed_note, &t->trusted, &proof, &t->proof, reterr);
	if (rc == RC_OK)
		rc = note_policy_write(&t->trusted, &t->policy, reterr);
	if (rc == RC_OK)
		rc = note_receipt_check(x->e->payload, span_buf(&t->proof), x->e->key, &t->trusted,
					NULL, reterr);
	note_sshkey_write(x->e->key, "kiemke", &t->author);
	return rc == RC_OK ? buf_check(&t->author, reterr) : rc;
}

/* Check it, and write it when there is a folder for it. */
static enum rc write_receipt(struct agent *agent, const struct store_entry *x, const char *dir,
			     bool *retproven, struct err *reterr)
{
	struct texts t;
	enum rc rc;

	texts_init(&t);
	rc = make(agent, x, &t, reterr);
	if (rc == RC_OK && dir)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK && dir)
		rc = write_file(dir, "payload", x->e->payload, reterr);
	if (rc == RC_OK && dir)
		rc = write_file(dir, "proof", span_buf(&t.proof), reterr);
	if (rc == RC_OK && dir)
		rc = write_file(dir, "author.pub", span_buf(&t.author), reterr);
	if (rc == RC_OK && dir)
		rc = write_file(dir, "policy", span_buf(&t.policy), reterr);
	*retproven = rc == RC_OK && t.proven;
	texts_free(&t);
	return rc;
}

/* ---- a submission's lines ---- */

static enum rc write_line(struct agent *agent, const char *text, const char *dir, size_t n,
			  bool *retall, struct err *reterr)
{
	struct store_entry x = {.e = NULL};
	uint8_t id[ENTRY_ID_LEN];
	struct buf path;
	bool proven = false;
	enum rc rc;

	if (!text || !codec_b64u_32(span_str(text), id))
		return RC_OK; /* names nothing: the header's own affair */
	buf_init(&path, LIMIT_PATH);
	buf_addf(&path, "%s/lines/%02zu", dir ? dir : "", n);
	rc = buf_check(&path, reterr);
	if (rc == RC_OK)
		rc = store_entry_get(agent->store, id, &x, reterr);
	if (rc == RC_OK && !x.e->erased) {
		rc = write_receipt(agent, &x, dir ? (const char *)path.p : NULL, &proven, reterr);
		*retall = *retall && proven;
	}
	entry_free(x.e);
	buf_free(&path);
	return rc;
}

static enum rc write_lines(struct agent *agent, const struct entry *e, const char *dir,
			   int64_t *retn, bool *retall, struct err *reterr)
{
	const struct entry_field *f = entry_field(e, "children");
	struct json *ids = f ? entry_value_json(f->raw) : NULL;
	enum rc rc = RC_OK;
	size_t n = 0;

	for (const struct json *v = json_first(ids); rc == RC_OK && v; v = json_next(v))
		rc = write_line(agent, json_str(v), dir, ++n, retall, reterr);
	json_free(ids);
	*retn = (int64_t)n;
	return rc;
}

/* ---- run ---- */

/* The sheet, into a file or the answer. */
static enum rc print_sheet(struct look *l, const struct receipt_paper *r, const struct json *in,
			   struct json *o, struct err *reterr)
{
	struct pdf *pdf = NULL;
	enum rc rc = pdf_new(&pdf, lang_text(l->lang, "receipt.arg.pdf"), reterr);

	if (rc == RC_OK)
		rc = receipt_paper_draw(l, r, pdf, reterr);
	if (rc == RC_OK)
		rc = printed_give(pdf, in, "pdf", "bien-nhan.pdf", o, reterr);
	pdf_free(pdf);
	return rc;
}

/* What the receipt says for people, and the sheet when it is asked for. */
static enum rc tell(struct look *l, const struct store_entry *x, int64_t lines, bool proven,
		    const struct json *in, struct json *o, struct err *reterr)
{
	struct receipt_paper r = {.x = x, .lines = lines, .proven = proven};
	bool wanted = false;
	struct texts t;
	enum rc rc;

	json_get_bool(in, "paper", &wanted);
	texts_init(&t);
	rc = make(l->agent, x, &t, reterr);
	r.note = &t.signed_note;
	r.policy = &t.trusted;
	if (rc == RC_OK)
		rc = receipt_paper_put(l, &r, o, reterr);
	if (rc == RC_OK && (wanted || json_get_str(in, "pdf")))
		rc = print_sheet(l, &r, in, o, reterr);
	texts_free(&t);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	const char *dir = json_get_str(in, "out");
	struct store_entry x = {.e = NULL};
	struct json *o = json_object();
	char id[CODEC_B64U_32 + 1];
	int64_t lines = 0;
	bool proven = false;
	struct look l;
	enum rc rc = look_open(&l, call, reterr);

	if (rc == RC_OK)
		rc = find(l.agent, json_get_str(in, "id"), &x, reterr);
	if (rc == RC_OK)
		rc = write_receipt(l.agent, &x, dir, &proven, reterr);
	if (rc == RC_OK)
		rc = write_lines(l.agent, x.e, dir, &lines, &proven, reterr);
	if (rc == RC_OK) {
		codec_b64u(x.id, ENTRY_ID_LEN, id);
		json_set_str(o, "entry", id);
		json_set_int(o, "index", x.proof_index);
		if (dir)
			json_set_str(o, "out", dir);
		json_set_int(o, "receipts", lines + 1);
		json_set_bool(o, "proven", proven);
		json_set_int(o, "quorum", store_quorum(l.agent->store));
		rc = tell(&l, &x, lines, proven, in, o, reterr);
	}
	entry_free(x.e);
	look_close(&l);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	struct buf n;

	buf_init(&n, LIMIT_ERR_TEXT);
	buf_add_int(&n, print_num(out, "index"));
	lang_format(lang, text, json_get(out, "out") ? "receipt.done" : "receipt.good", "n",
		    (const char *)n.p, "path", print_str(out, "out"), NULL);
	buf_add_char(text, '\n');
	if (json_get(out, "pdf"))
		lang_format(lang, text, "receipt.sheet", "path", print_str(out, "pdf"), NULL);
	if (json_get(out, "pdf"))
		buf_add_char(text, '\n');
	print_line(lang, text,
		   print_is(out, "proven")        ? "receipt.proven"
		   : print_num(out, "quorum") > 0 ? "receipt.accepted"
						  : "receipt.no_witness");
	buf_free(&n);
}

const struct op op_receipt = {
    "receipt", "receipt.summary", OP_READ, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
