/*
 * witness: the store of a witness and its one decision. Clauses W2, W3.
 *
 * One mutex holds judging and writing together: between the look at what was cosigned and the commit of what is
 * cosigned now nobody else comes in (C2SP tlog-witness tells the race). Does NOT listen: op_witness.c.
 */
#include "server-stub/witness.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/os.h"
#include "server-stub/vault.h"
#include "server-stub/witness_sql.h"

static const char *const migrations[] = {witness_sql_1};
static const char *const append_only[] = {"evidence", NULL};
static const struct db_def def = {.app_id = WITNESS_APP_ID,
				  .migration = migrations,
				  .nmigration = 1,
				  .stmt = witness_sql_stmt,
				  .nstmt = WSQL_N,
				  .append_only = append_only};

struct witness {
	const struct clock *clock;
	struct db *db;
	struct crypt_signer *key; /* NULL before init */
	char name[NOTE_NAME_LEN];
	struct os_mutex *mutex; /* db and counts */
	int64_t count[COSIGN_VERDICTS];
	int64_t commits; /* of opening the file */
};

/* ---- open ---- */

static enum rc load(struct witness *w, const char *home, struct err *reterr)
{
	struct buf name;
	enum rc rc;

	buf_init(&name, NOTE_NAME_LEN);
	rc = db_get_bytes(w->db, WSQL_NAME_GET, DB_NONE, &name, reterr);
	if (rc == RC_OK && (name.len == 0 || name.len >= sizeof(w->name)))
		rc = err_set(reterr, RC_CORRUPT, NULL, "note.name", NULL);
	if (rc == RC_OK)
		rc = vault_plain(home, "witness", false, &w->key, reterr);
	if (rc == RC_OK)
		memcpy(w->name, name.p, name.len);
	buf_free(&name);
	return rc;
}

enum rc witness_open(struct witness **ret, const char *home, bool create, const struct clock *clock,
		     struct err *reterr)
{
	struct witness *w = calloc(1, sizeof(*w));
	char *path = NULL;
	enum rc rc = w ? crypt_init(reterr) : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = os_path_join(&path, home, "witness.db", reterr);
	if (rc == RC_OK && !create && !os_file_exists(path))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "witness.none", "home", home, NULL);
	if (rc == RC_OK)
		rc = os_mutex_new(&w->mutex, reterr);
	if (rc == RC_OK)
		rc = db_open(&w->db, path, &def, create ? 0 : DB_EXISTING, reterr);
	if (rc == RC_OK)
		rc = load(w, home, reterr);
	if (rc == RC_NOTFOUND && create)
		rc = RC_OK; /* it has no name yet */
	free(path);
	if (rc != RC_OK) {
		witness_free(w);
		return rc;
	}
	w->clock = clock;
	w->commits = db_stats(w->db).commits;
	*ret = w;
	return RC_OK;
}

void witness_free(struct witness *w)
{
	if (!w)
		return;
	crypt_signer_free(w->key);
	db_free(w->db);
	os_mutex_free(w->mutex);
	free(w);
}

const char *witness_name(const struct witness *w)
{
	return w->name;
}

const uint8_t *witness_key(const struct witness *w)
{
	return w->key ? crypt_signer_pk(w->key) : NULL;
}

/* The key first: one without a name is found by the next try and told as half made. */
enum rc witness_init(struct witness *w, const char *home, const char *name, struct err *reterr)
{
	enum rc rc;

	if (w->key)
		return err_set(reterr, RC_EXISTS, NULL, "witness.exists", "name", w->name, NULL);
	if (!note_name_ok(span_str(name)))
		return err_set(reterr, RC_INPUT, "K8", "note.name", NULL);
	rc = vault_plain(home, "witness", true, &w->key, reterr);
	if (rc == RC_OK)
		rc = db_run(w->db, WSQL_NAME_PUT, DB_V(db_str(name)), reterr);
	if (rc == RC_OK)
		memcpy(w->name, name, strlen(name) + 1);
	return rc;
}

/* ---- logs ---- */

/* A row of WSQL_LOG_GET. */
struct known {
	int64_t no;
	struct cosign_log log;
	struct buf text;
};

static enum rc find(struct witness *w, const uint8_t hash[CRYPT_HASH_LEN], struct known *ret,
		    bool *retfound, struct err *reterr)
{
	struct db_q q;
	enum rc rc =
	    db_query(&q, w->db, WSQL_LOG_GET, DB_V(db_bytes(hash, CRYPT_HASH_LEN)), reterr);

	*retfound = rc == RC_OK && db_next(&q);
	if (*retfound) {
		struct span root = db_col_blob(&q, 3);

		ret->no = db_col_int(&q, 0);
		memcpy(ret->log.key, db_col_blob(&q, 1).p, CRYPT_PK_LEN);
		ret->log.size = (uint64_t)db_col_int(&q, 2);
		if (root.len == TREE_HASH)
			memcpy(ret->log.root, root.p, TREE_HASH);
		else if (ret->log.size > 0)
			rc = err_set(reterr, RC_CORRUPT, "W3", "witness.corrupt", NULL);
		buf_add_span(&ret->text, db_col_text(&q, 4));
		if (rc == RC_OK)
			rc = buf_check(&ret->text, reterr);
	}
	return db_end(&q, rc, reterr);
}

static enum rc follow(struct witness *w, const uint8_t key[CRYPT_PK_LEN], bool *retnew,
		      struct err *reterr)
{
	struct known known = {0};
	uint8_t hash[CRYPT_HASH_LEN];
	int64_t n = 0;
	bool found;
	enum rc rc;

	crypt_sha256(key, CRYPT_PK_LEN, hash);
	buf_init(&known.text, NOTE_TEXT_MAX);
	rc = find(w, hash, &known, &found, reterr);
	buf_free(&known.text);
	*retnew = !found;
	if (rc != RC_OK || found)
		return rc;
	rc = db_get_int(w->db, WSQL_LOG_COUNT, DB_NONE, &n, reterr);
	if (rc == RC_OK && n >= WITNESS_LOGS_MAX)
		rc = err_num(reterr, RC_LIMIT, NULL, "witness.logs", "max", WITNESS_LOGS_MAX);
	return rc == RC_OK
		   ? db_run(w->db, WSQL_LOG_ADD,
			    DB_V(db_bytes(hash, sizeof(hash)), db_bytes(key, CRYPT_PK_LEN)), reterr)
		   : rc;
}

enum rc witness_follow(struct witness *w, const uint8_t key[CRYPT_PK_LEN], bool *retnew,
		       struct err *reterr)
{
	enum rc rc = crypt_pk_check(key, reterr);

	if (rc != RC_OK)
		return rc;
	os_mutex_lock(w->mutex);
	rc = follow(w, key, retnew, reterr);
	os_mutex_unlock(w->mutex);
	return rc;
}

/* ---- add-checkpoint ---- */

/*
 * Of a log that signs what it should not, the first texts say all. Each once, as the log signed it: whoever hands the
 * same one in again, or with lines of others behind it, takes no place of another.
 */
static enum rc keep_evidence(struct witness *w, const struct known *known, struct span given,
			     struct err *reterr)
{
	int64_t n = 0, same = 0;
	struct buf text;
	enum rc rc = db_get_int(w->db, WSQL_EVIDENCE_COUNT, DB_V(db_int(known->no)), &n, reterr);

	buf_init(&text, NOTE_TEXT_MAX);
	note_strip(given, &text);
	if (rc == RC_OK)
		rc = buf_check(&text, reterr);
	if (rc == RC_OK)
		rc = db_get_int(w->db, WSQL_EVIDENCE_KNOWN,
				DB_V(db_int(known->no), db_text(span_buf(&text))), &same, reterr);
	if (rc == RC_OK && same == 0 && n < WITNESS_EVIDENCE_MAX)
		rc = db_run(w->db, WSQL_EVIDENCE_ADD,
			    DB_V(db_int(known->no), db_int(clock_now_s(w->clock)),
				 db_text(span_buf(&known->text)), db_text(span_buf(&text))),
			    reterr);
	buf_free(&text);
	return rc;
}

/* Cosign: the line goes to *out when it, and what it says, is on disk. */
static enum rc cosign(struct witness *w, const struct known *known, const struct cosign_request *r,
		      struct span given, struct buf *out, struct err *reterr)
{
	int64_t now = clock_now_s(w->clock);
	struct buf line, text;
	enum rc rc;

	buf_init(&line, COSIGN_LINE_MAX);
	buf_init(&text, NOTE_TEXT_MAX);
	rc = note_cosign(w->key, w->name, (uint64_t)now, known->log.key, r->note.n.size,
			 r->note.n.root, &line, reterr);
	note_strip(given, &text);
	buf_add_span(&text, span_buf(&line));
	if (rc == RC_OK)
		rc = buf_check(&text, reterr);
	if (rc == RC_OK && (r->note.n.size != known->log.size || known->text.len == 0))
		rc = db_run(w->db, WSQL_LOG_COSIGNED,
			    DB_V(db_int(known->no), db_int((int64_t)r->note.n.size),
				 db_bytes(r->note.n.root, TREE_HASH), db_text(span_buf(&text)),
				 db_int(now)),
			    reterr);
	if (rc == RC_OK) {
		buf_add_span(out, span_buf(&line));
		rc = buf_check(out, reterr);
	}
	buf_free(&line);
	buf_free(&text);
	return rc;
}

/* The checkpoint within a body whose form is right: behind the first empty line. */
static struct span checkpoint_of(struct span body)
{
	struct span line;

	while (span_line(&body, &line) && line.len > 0)
		;
	return body;
}

static enum rc answer(struct witness *w, const struct cosign_request *r, struct span given,
		      enum cosign_verdict *ret, struct buf *out, struct err *retwhy,
		      struct err *reterr)
{
	struct known known = {0};
	uint8_t hash[CRYPT_HASH_LEN];
	bool found;
	enum rc rc;

	note_origin_hash(r->note.origin, hash);
	buf_init(&known.text, NOTE_TEXT_MAX);
	rc = find(w, hash, &known, &found, reterr);
	if (rc == RC_OK) {
		*ret = cosign_judge(r, found ? &known.log : NULL, retwhy);
		if (*ret == COSIGN_GIVEN)
			rc = cosign(w, &known, r, given, out, reterr);
		else if (*ret == COSIGN_STALE)
			buf_addf(out, "%llu\n", (unsigned long long)known.log.size);
		if (rc == RC_OK && cosign_is_evidence(*ret, r, &known.log))
			rc = keep_evidence(w, &known, given, reterr);
	}
	buf_free(&known.text);
	return rc;
}

enum rc witness_add(struct witness *w, struct span body, enum cosign_verdict *ret, struct buf *out,
		    struct err *retwhy, struct err *reterr)
{
	struct cosign_request r;
	enum rc rc = RC_OK;

	if (!w->key)
		return err_set(reterr, RC_UNAVAILABLE, NULL, "witness.none", "home", "", NULL);
	*ret = COSIGN_MALFORMED;
	if (cosign_request_read(body, &r, retwhy) == RC_OK) {
		os_mutex_lock(w->mutex);
		rc = answer(w, &r, checkpoint_of(body), ret, out, retwhy, reterr);
		w->count[*ret] += rc == RC_OK;
		os_mutex_unlock(w->mutex);
		return rc;
	}
	os_mutex_lock(w->mutex);
	w->count[*ret]++;
	os_mutex_unlock(w->mutex);
	return RC_OK;
}

enum rc witness_checkpoint(struct witness *w, const uint8_t hash[CRYPT_HASH_LEN], struct buf *out,
			   struct err *reterr)
{
	struct known known = {0};
	bool found;
	enum rc rc;

	buf_init(&known.text, NOTE_TEXT_MAX);
	os_mutex_lock(w->mutex);
	rc = find(w, hash, &known, &found, reterr);
	os_mutex_unlock(w->mutex);
	if (rc == RC_OK && !found)
		rc = err_set(reterr, RC_NOTFOUND, "W2", "witness.unknown", NULL);
	if (rc == RC_OK && known.text.len == 0)
		rc = err_set(reterr, RC_NOTFOUND, "W2", "witness.no_checkpoint", NULL);
	if (rc == RC_OK) {
		buf_add_span(out, span_buf(&known.text));
		rc = buf_check(out, reterr);
	}
	buf_free(&known.text);
	return rc;
}

/* ---- what it tells ---- */

static struct json *log_json(const struct db_q *q)
{
	struct json *o = json_object();
	char key[CODEC_HEX_LEN(CRYPT_PK_LEN) + 1], origin[NOTE_ORIGIN_LEN];

	note_origin(db_col_blob(q, 0).p, origin);
	codec_hex(db_col_blob(q, 0).p, CRYPT_PK_LEN, key);
	json_set_str(o, "origin", origin);
	json_set_str(o, "key", key);
	json_set_int(o, "size", db_col_int(q, 1));
	json_set_int(o, "at", db_col_int(q, 2));
	json_set_int(o, "evidence", db_col_int(q, 3));
	return o;
}

/* Answers by status; two verdicts share 409. */
static struct json *answers_json(const struct witness *w)
{
	struct json *o = json_object();

	for (int v = 0; v < COSIGN_VERDICTS; v++) {
		char status[8] = {0};
		int64_t n = 0;
		struct buf b;

		buf_init(&b, sizeof(status) - 1);
		buf_add_int(&b, cosign_status((enum cosign_verdict)v));
		memcpy(status, b.p, b.len);
		buf_free(&b);
		json_get_int(o, status, &n);
		json_set_int(o, status, n + w->count[v]);
	}
	return o;
}

static enum rc state(struct witness *w, struct json *o, struct err *reterr)
{
	struct json *logs = json_array();
	struct db_q q;
	enum rc rc = db_query(&q, w->db, WSQL_LOG_ALL, DB_NONE, reterr);

	while (rc == RC_OK && db_next(&q))
		json_append(logs, log_json(&q));
	json_set(o, "logs", logs);
	json_set(o, "answers", answers_json(w));
	rc = db_end(&q, rc, reterr);
	json_set_int(o, "commits", db_stats(w->db).commits - w->commits);
	return rc;
}

enum rc witness_state(struct witness *w, struct json **ret, struct err *reterr)
{
	struct json *o = json_object();
	char key[CODEC_HEX_LEN(CRYPT_PK_LEN) + 1] = "";
	enum rc rc;

	if (w->key)
		codec_hex(crypt_signer_pk(w->key), CRYPT_PK_LEN, key);
	json_set_str(o, "name", w->name);
	json_set_str(o, "key", key);
	os_mutex_lock(w->mutex);
	rc = state(w, o, reterr);
	os_mutex_unlock(w->mutex);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}
