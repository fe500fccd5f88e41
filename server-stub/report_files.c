/*
 * report_files: files of a report (see report_files.h).
 */
#include "server-stub/report_files.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/report_form.h"

/* Texts that a form borrows, together with it. */
struct shown {
	struct report_form form;
	struct lang *lang;
	struct buf note;
	char *unit;
};

static void shown_free(struct shown *s)
{
	lang_free(s->lang);
	buf_free(&s->note);
	free(s->unit);
}

static enum rc shown_new(struct collector *col, const struct report_made *x, struct shown *ret,
			 struct err *reterr)
{
	const struct report_issue *before = report_previous(report_made_shown(x));
	struct archive_reader *a = NULL;
	enum rc rc = archive_read(col->archive, &a, reterr);

	*ret = (struct shown){.lang = NULL};
	buf_init(&ret->note, NOTE_TEXT_MAX);
	if (rc != RC_OK)
		return rc;
	rc = a->checkpoint_text(a->ctx, x->m.size, &ret->note, reterr);
	archive_read_end(col->archive, a);
	if (rc == RC_OK)
		rc = collector_setting(col, "name", &ret->unit, reterr);
	if (rc == RC_OK)
		rc = lang_load("vi", &ret->lang, reterr);
	ret->form = (struct report_form){.r = report_made_shown(x),
					 .lang = ret->lang,
					 .unit = ret->unit ? ret->unit : "",
					 .week = x->m.week,
					 .previous = before ? before->week : "",
					 .size = x->m.size,
					 .frozen = x->m.frozen,
					 .erased = x->m.frozen ? x->m.erased : 0,
					 .csv = x->sha,
					 .note = span_buf(&ret->note)};
	return rc;
}

/* ---- each form: to a file ---- */

static enum rc write_csv(struct collector *col, const struct report_made *x, const char *path,
			 struct err *reterr)
{
	(void)col;
	return os_file_write(path, span_buf(&x->csv), OS_REPLACE, reterr);
}

static enum rc write_sheet(struct collector *col, const struct report_made *x, const char *path,
			   struct err *reterr)
{
	struct shown s;
	enum rc rc = shown_new(col, x, &s, reterr);

	if (rc == RC_OK)
		rc = report_form_sheet(&s.form, path, reterr);
	shown_free(&s);
	return rc;
}

static enum rc write_paper(struct collector *col, const struct report_made *x, const char *path,
			   struct err *reterr)
{
	struct shown s;
	struct buf pdf;
	enum rc rc = shown_new(col, x, &s, reterr);

	buf_init(&pdf, LIMIT_BLOB);
	if (rc == RC_OK)
		rc = report_form_paper(&s.form, &pdf, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, span_buf(&pdf), OS_REPLACE, reterr);
	buf_free(&pdf);
	shown_free(&s);
	return rc;
}

static enum rc write_lines(struct collector *col, const struct report_made *x, const char *path,
			   struct err *reterr)
{
	return report_make_export(col, x, path, reterr);
}

static const struct {
	const char *arg, *member, *type; /* type NULL: never within an answer */
	enum rc (*write)(struct collector *col, const struct report_made *x, const char *path,
			 struct err *reterr);
} forms[] = {
    {"csv", "csv_file", "text/csv", write_csv},
    {"xlsx", "xlsx_file", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
     write_sheet},
    {"pdf", "pdf_file", "application/pdf", write_paper},
    {"lines", "lines_file", NULL, write_lines},
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

/* ---- within the answer ---- */

static enum rc read_into(const char *path, const char *week, size_t i, struct json *o,
			 struct err *reterr)
{
	struct json *file = json_object();
	char name[64] = "bao-cao-tuan-";
	struct buf bytes, text;
	enum rc rc;

	memcpy(name + strlen(name), week, 4);
	memcpy(name + strlen(name), week + 5, strlen(week) - 4);
	name[strcspn(name, "W")] = '-';
	memcpy(name + strlen(name), ".", 2);
	memcpy(name + strlen(name), forms[i].arg, strlen(forms[i].arg) + 1);
	buf_init(&bytes, LIMIT_BLOB);
	buf_init(&text, LIMIT_JSON_TEXT);
	rc = os_file_read(path, &bytes, reterr);
	codec_b64_buf(&text, bytes.p, bytes.len);
	if (rc == RC_OK)
		rc = buf_check(&text, reterr);
	json_set_str(file, "name", name);
	json_set_str(file, "type", forms[i].type);
	json_set_span(file, "content", span_buf(&text));
	json_set(o, "file", file);
	buf_free(&bytes);
	buf_free(&text);
	return rc;
}

static enum rc give(struct collector *col, const struct report_made *x, size_t i, struct json *o,
		    struct err *reterr)
{
	char *dir = NULL, *path = NULL;
	enum rc rc = os_dir_temp(&dir, "kiemke-report", reterr), gone;

	if (rc == RC_OK)
		rc = os_path_join(&path, dir, forms[i].arg, reterr);
	if (rc == RC_OK)
		rc = forms[i].write(col, x, path, reterr);
	if (rc == RC_OK)
		rc = read_into(path, x->m.week, i, o, reterr);
	gone = dir ? os_dir_remove(dir, rc == RC_OK ? reterr : NULL) : RC_OK;
	free(path);
	free(dir);
	return rc == RC_OK ? gone : rc;
}

enum rc report_files(struct collector *col, const struct json *in, const struct report_made *x,
		     struct json *o, struct err *reterr)
{
	const char *form = json_get_str(in, "form");
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < FORMS; i++) {
		const char *path = json_get_str(in, forms[i].arg);

		if (path) {
			rc = forms[i].write(col, x, path, reterr);
			json_set_str(o, forms[i].member, path);
		}
		if (rc == RC_OK && form && strcmp(form, forms[i].arg) == 0)
			rc = give(col, x, i, o, reterr);
	}
	return rc;
}
