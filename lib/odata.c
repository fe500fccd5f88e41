/*
 * odata: what a client is told: rows, the service document, $metadata. OData JSON Format 4.01; CSDL XML 4.01.
 */
#include <string.h>

#include "lib/json.h"
#include "lib/num.h"
#include "lib/odata.h"
#include "lib/text.h"

enum { LOCAL = 7 * 3600, DAY = 86400 };

static const char *const edm[ODATA_TYPES] = {
    [ODATA_STRING] = "Edm.String", [ODATA_INT] = "Edm.Int64",  [ODATA_DECIMAL] = "Edm.Decimal",
    [ODATA_BOOL] = "Edm.Boolean",  [ODATA_DATE] = "Edm.Date", [ODATA_TIME] = "Edm.DateTimeOffset",
};

size_t odata_column(const struct odata_set *set, struct span name)
{
	for (size_t i = 0; i < set->n; i++)
		if (span_eq_str(name, set->column[i].name))
			return i;
	return SIZE_MAX;
}

/* ---- rows ---- */

/* "2026-11-25T08:30:00+07:00" */
static void add_time(int64_t at, struct buf *out)
{
	int64_t local = at + LOCAL, s = (local % DAY + DAY) % DAY;
	char date[TEXT_DATE_LEN];

	text_time_date(at, date);
	buf_addf(out, "\"%sT%02d:%02d:%02d+07:00\"", date, (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static void add_value(enum odata_type type, const struct odata_value *v, bool large, struct buf *out)
{
	const char *quote = large ? "\"" : "";

	if (v->null) {
		buf_add_str(out, "null");
		return;
	}
	switch (type) {
	case ODATA_INT: buf_addf(out, "%s%lld%s", quote, (long long)v->n, quote); break;
	case ODATA_DECIMAL: buf_addf(out, "%s%s%s", quote, v->text, quote); break;
	case ODATA_BOOL: buf_add_str(out, v->n ? "true" : "false"); break;
	case ODATA_TIME: add_time(v->n, out); break;
	default: json_add_escaped_str(out, v->text); break;
	}
}

void odata_write_row(const struct odata_query *q, const struct odata_row *row, bool large, struct buf *out)
{
	const char *sep = "{";

	for (size_t i = 0; i < q->set->n; i++) {
		struct odata_value v;

		if (q->selected && !q->select[i])
			continue;
		v = row->get(row->ctx, i);
		buf_addf(out, "%s\"%s\":", sep, q->set->column[i].name);
		add_value(q->set->column[i].type, &v, large, out);
		sep = ",";
	}
	buf_add_str(out, "}");
}

void odata_write_token(const struct odata_set *set, const struct odata_row *row, struct buf *out)
{
	const char *sep = "";

	for (size_t i = 0; i < set->n; i++) {
		struct odata_value v;

		if (!(set->column[i].flags & ODATA_KEY))
			continue;
		v = row->get(row->ctx, i);
		buf_add_str(out, sep);
		if (set->column[i].type == ODATA_INT)
			buf_add_int(out, v.n);
		else
			buf_add_str(out, v.text);
		sep = ",";
	}
}

void odata_write_context(const struct odata_query *q, const char *base, bool one, struct buf *out)
{
	const char *sep = "(";

	buf_addf(out, "%s$metadata#%s", base, q->set->name);
	for (size_t i = 0; q->selected && i < q->set->n; i++)
		if (q->select[i]) {
			buf_addf(out, "%s%s", sep, q->set->column[i].name);
			sep = ",";
		}
	if (q->selected)
		buf_add_char(out, ')');
	if (one)
		buf_add_str(out, "/$entity");
}

void odata_write_service(const struct odata_set *set, size_t n, const char *base, struct buf *out)
{
	struct buf context;

	buf_init(&context, LIMIT_ODATA_MEM);
	buf_addf(&context, "%s$metadata", base);
	buf_add_str(out, "{\"@odata.context\":");
	json_add_escaped_str(out, context.p ? (const char *)context.p : "");
	buf_add_str(out, ",\"value\":[");
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, "%s{\"name\":\"%s\",\"kind\":\"EntitySet\",\"url\":\"%s\",\"title\":", i ? "," : "",
			 set[i].name, set[i].name);
		json_add_escaped_str(out, set[i].label ? set[i].label : set[i].name);
		buf_add_char(out, '}');
	}
	buf_add_str(out, "]}");
	buf_free(&context);
}

/* ---- $metadata ---- */

static void add_xml(const char *s, struct buf *out)
{
	for (; *s; s++)
		switch (*s) {
		case '&': buf_add_str(out, "&amp;"); break;
		case '<': buf_add_str(out, "&lt;"); break;
		case '>': buf_add_str(out, "&gt;"); break;
		case '"': buf_add_str(out, "&quot;"); break;
		default: buf_add_char(out, (uint8_t)*s < ' ' ? ' ' : *s); break;
		}
}

static void add_label(const char *label, struct buf *out)
{
	buf_add_str(out, "<Annotation Term=\"Core.Description\" String=\"");
	add_xml(label, out);
	buf_add_str(out, "\"/>");
}

static void add_property(const struct odata_column *c, struct buf *out)
{
	buf_addf(out, "<Property Name=\"%s\" Type=\"%s\"%s%s", c->name, edm[c->type],
		 c->flags & (ODATA_KEY | ODATA_FULL) ? " Nullable=\"false\"" : "",
		 c->type == ODATA_DECIMAL ? " Scale=\"variable\"" : "");
	if (c->label) {
		buf_add_char(out, '>');
		add_label(c->label, out);
		buf_add_str(out, "</Property>\n");
	} else {
		buf_add_str(out, "/>\n");
	}
}

static void add_type(const struct odata_set *set, struct buf *out)
{
	buf_addf(out, "<EntityType Name=\"%s\">\n<Key>", set->name);
	for (size_t i = 0; i < set->n; i++)
		if (set->column[i].flags & ODATA_KEY)
			buf_addf(out, "<PropertyRef Name=\"%s\"/>", set->column[i].name);
	buf_add_str(out, "</Key>\n");
	for (size_t i = 0; i < set->n; i++)
		add_property(&set->column[i], out);
	if (set->label)
		add_label(set->label, out);
	buf_add_str(out, "</EntityType>\n");
}

void odata_write_csdl(const struct odata_set *set, size_t n, struct buf *out)
{
	buf_add_str(out,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n"
		    "<edmx:Reference Uri=\"https://oasis-tcs.github.io/odata-vocabularies/vocabularies/"
		    "Org.OData.Core.V1.xml\"><edmx:Include Namespace=\"Org.OData.Core.V1\" Alias=\"Core\"/>"
		    "</edmx:Reference>\n<edmx:DataServices>\n"
		    "<Schema Namespace=\"" ODATA_NAMESPACE "\""
		    " xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n");
	for (size_t i = 0; i < n; i++)
		add_type(&set[i], out);
	buf_add_str(out, "<EntityContainer Name=\"Centre\">\n");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "<EntitySet Name=\"%s\" EntityType=\"" ODATA_NAMESPACE ".%s\"/>\n", set[i].name,
			 set[i].name);
	buf_add_str(out, "</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n");
}
