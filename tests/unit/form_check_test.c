/*
 * form_check: typed input by type; each kind of finding; derived values, defaults, what is
 * not known; and the rules of the built-in forms as docs/FORMS.md and the law state them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "sync/form_check.h"

enum { NOW = 1795395600 }; /* 2026-11-23 08:00 in Vietnam */

#define UUID "'0192f1c0-0000-7000-8000-000000000001'"
#define BLOB "{'sha256':'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'," \
	     "'size':5,'type':'image/jpeg','name':'a.jpg'}"

static struct form_set *builtin;

static int setup(void **state)
{
	struct err e;

	(void)state;
	return form_set_new(&builtin, &e) == RC_OK && form_set_builtin(builtin, &e) == RC_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	form_set_free(builtin);
	return 0;
}

/* JSON written with ' for ", and ` for '. */
static struct json *json_of(const char *text)
{
	struct json *v = NULL;
	struct err e;
	char *copy;

	if (text == NULL)
		return NULL;
	copy = span_dup(span_str(text));
	assert_non_null(copy);
	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p == '`' ? '\'' : *p;
	if (json_parse(span_str(copy), NULL, &v, &e) != RC_OK)
		fail_msg("%s: %s", copy, e.key);
	free(copy);
	return v;
}

/* "E field key; W field text…; E child[2] key" */
static void findings(const struct form_result *r, struct buf *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct form_finding *x = &r->finding[i];

		if (i > 0)
			buf_add_str(out, "; ");
		buf_add_str(out, x->severity == FORM_ERROR ? "E" : "W");
		if (x->name[0] != '\0')
			buf_addf(out, " %s", x->name);
		if (x->child != SIZE_MAX)
			buf_addf(out, "[%zu]", x->child);
		buf_addf(out, " %.24s", x->text.en != NULL ? x->text.en : x->why.key);
	}
}

static void expect_with(const struct form *f, const char *rec, const char *parent,
			const char *children, const char *want, const char *derived)
{
	struct json *r = json_of(rec), *p = json_of(parent), *c = json_of(children);
	const struct form_around around = {
		.set = builtin, .now_s = NOW, .parent = p, .children = c};
	struct form_result result = {0};
	struct buf got;
	struct err e;

	assert_non_null(f);
	err_clear(&e);
	assert_int_equal(form_check_record(f, r, &around, &result, &e), RC_OK);
	buf_init(&got, 1 << 20);
	findings(&result, &got);
	if (strcmp(got.p != NULL ? (const char *)got.p : "", want) != 0)
		fail_msg("%s\n got  \"%s\"\n want \"%s\"", rec, got.p != NULL ? (const char *)got.p : "",
			 want);
	if (derived != NULL) {
		struct json *d = json_of(derived);
		char *is = json_print(result.derived);

		if (!json_equal(d, result.derived))
			fail_msg("%s\n derived %s\n want    %s", rec, is, derived);
		free(is);
		json_free(d);
	}
	buf_free(&got);
	form_check_free(&result);
	json_free(r);
	json_free(p);
	json_free(c);
}

static void expect(const char *form, const char *rec, const char *want)
{
	expect_with(form_set_open(builtin, form), rec, NULL, NULL, want, NULL);
}

static struct form *form_of(const char *text)
{
	struct json *v = json_of(text);
	char *json = json_print(v);
	struct form *f = NULL;
	struct err e;

	err_clear(&e);
	if (form_parse(span_str(json), &f, &e) != RC_OK)
		fail_msg("%s at %s", e.key, err_arg(&e, "at"));
	free(json);
	json_free(v);
	return f;
}

#define L "'label':{'vi':'Tên trường','en':'Field name'}"
#define LISTS                                                                                      \
	"'lists':{'muc':[{'v':'tot','vi':'Tốt','en':'Good'},{'v':'trung_binh','vi':'Trung bình','en':'Average'}," \
	"{'v':'dien','vi':'Thiếu điện, nước','en':'No power, water'},{'v':'hoa','vi':'Hòa','en':'Peace'}," \
	"{'v':'hoa2','vi':'Hoa','en':'Flower'}]}"
#define ALL                                                                                        \
	"{'form':'x','version':1,'scope':'*','class':'register'," L ",'title':['a_text']," LISTS ",'fields':[" \
	"{'name':'a_text','type':'text'," L "},{'name':'a_code','type':'code'," L "},"              \
	"{'name':'a_week','type':'code','pattern':'^[0-9]{4}-W[0-9]{2}$'," L "},"                     \
	"{'name':'a_number','type':'code','pattern':'^[0-9]+-[0-9A-Z]+$'," L "},"                     \
	"{'name':'an_int','type':'int'," L "},{'name':'a_decimal','type':'decimal','places':2," L "}," \
	"{'name':'a_money','type':'money'," L "},{'name':'a_date','type':'date'," L "},"             \
	"{'name':'a_datetime','type':'datetime'," L "},{'name':'a_bool','type':'bool'," L "},"       \
	"{'name':'a_choice','type':'choice','list':'muc'," L "},"                                     \
	"{'name':'a_choices','type':'choices','list':'muc'," L "},"                                   \
	"{'name':'a_ref','type':'ref','of':'asset'," L "},{'name':'a_tags','type':'tags'," L "},"     \
	"{'name':'a_blob','type':'blob'," L "},{'name':'a_phone','type':'phone'," L "},"             \
	"{'name':'a_sum','type':'derived','calculate':'${an_int} * 2'," L "}]}"

/* ---- input ---- */

static const struct {
	const char *field, *typed, *want; /* want: JSON, or a key */
} inputs[] = {
    {"a_text", "'  Trạm   y tế '", "'Trạm y tế'"},
    {"a_text", "'Tra\xcc\xa3m'", "'Trạm'"}, /* NFD becomes NFC */
    {"a_text", "'dòng 1\\r\\ndòng 2'", "'dòng 1\\ndòng 2'"},
    {"a_text", "'   '", "null"},
    {"a_text", "''", "null"},
    {"a_text", "null", "null"},
    {"a_text", "5", "form.not_text"},
    {"a_code", "' 00004 '", "'00004'"},
    {"a_code", "'00 04'", "form.not_code"},
    {"a_code", "4", "form.not_code"}, /* the zeros are gone: refuse */
    {"a_code", "'48/2026'", "'48/2026'"}, /* no pattern wants a week here */
    {"a_week", "'2026-W48'", "'2026-W48'"},
    {"a_week", "'tuần 48/2026'", "'2026-W48'"},
    {"a_week", "'Tuần 48 (23/11 – 29/11/2026)'", "'2026-W48'"},
    {"a_week", "'Tuần 49 (23/11 – 29/11/2026)'", "form.not_week"},
    {"a_number", "'12/2026'", "'12/2026'"}, /* of a document: the pattern would take 2026-W12, too */
    {"a_number", "'2026-W12'", "'2026-W12'"},
    {"a_week", "'48'", "'48'"}, /* of no year: the pattern refuses it */
    {"a_week", "'tuần sau'", "form.not_week"},
    {"an_int", "'1.234.567'", "1234567"},
    {"an_int", "'1.234'", "1234"},
    {"an_int", "'-3'", "-3"},
    {"an_int", "12", "12"},
    {"an_int", "'1,5'", "form.not_int"},
    {"an_int", "'12.5'", "form.not_int"},
    {"an_int", "'mười'", "form.not_int"},
    {"an_int", "'9007199254740992'", "form.not_int"},
    {"an_int", "true", "form.not_int"},
    {"a_decimal", "'1.234,5'", "'1234.5'"},
    {"a_decimal", "'12.5'", "'12.5'"},
    {"a_decimal", "'1.234'", "'1234'"},
    {"a_decimal", "'0,50'", "'0.5'"},
    {"a_decimal", "7", "'7'"},
    {"a_decimal", "'1,234'", "form.not_decimal"}, /* three places where two are allowed */
    {"a_decimal", "'abc'", "form.not_decimal"},
    {"a_money", "'14.990.000'", "14990000"},
    {"a_money", "'28.657.244.000 đ'", "28657244000"},
    {"a_money", "'14990000 VND'", "14990000"},
    {"a_money", "'đồng'", "form.not_money"},
    {"a_money", "'14,5'", "form.not_money"},
    {"a_money", "14990000", "14990000"},
    {"a_date", "'23/11/2026'", "'2026-11-23'"},
    {"a_date", "'3/1/2026'", "'2026-01-03'"},
    {"a_date", "'2026-11-23'", "'2026-11-23'"},
    {"a_date", "'30/02/2026'", "form.not_date"},
    {"a_date", "'11/23/2026'", "form.not_date"},
    {"a_date", "20261123", "form.not_date"},
    {"a_datetime", "'23/11/2026 08:30'", "'2026-11-23T08:30'"},
    {"a_datetime", "'2026-11-23T08:30'", "'2026-11-23T08:30'"},
    {"a_datetime", "'01/01/2027'", "'2027-01-01T00:00'"}, /* 0 giờ */
    {"a_datetime", "'23/11/2026 25:00'", "form.not_datetime"},
    {"a_bool", "'có'", "true"},
    {"a_bool", "'Không'", "false"},
    {"a_bool", "'CO'", "true"},
    {"a_bool", "'no'", "false"},
    {"a_bool", "true", "true"},
    {"a_bool", "'có lẽ'", "form.not_bool"},
    {"a_bool", "1", "form.not_bool"},
    {"a_choice", "'trung_binh'", "'trung_binh'"},
    {"a_choice", "'Trung bình'", "'trung_binh'"},
    {"a_choice", "'trung binh'", "'trung_binh'"},
    {"a_choice", "'AVERAGE'", "'trung_binh'"},
    {"a_choice", "'TOT'", "'tot'"},
    {"a_choice", "'Hòa'", "'hoa'"},
    {"a_choice", "'Hoa'", "'hoa2'"},
    {"a_choice", "'HOÀ'", "form.ambiguous"},
    {"a_choice", "'kém'", "form.not_listed"},
    {"a_choice", "1", "form.not_listed"},
    {"a_choices", "'tot, trung_binh'", "['tot','trung_binh']"},
    {"a_choices", "'Thiếu điện, nước'", "['dien']"}, /* a comma inside a label */
    {"a_choices", "'Tốt; Thiếu điện, nước, trung bình'", "['tot','dien','trung_binh']"},
    {"a_choices", "'tot,tot'", "['tot']"},
    {"a_choices", "'tot,xau'", "form.not_listed"},
    {"a_choices", "'tot,HOÀ'", "form.ambiguous"},
    {"a_choices", "['Tốt','dien','tot']", "['tot','dien']"},
    {"a_choices", "[]", "[]"},
    {"a_choices", "['xau']", "form.not_listed"},
    {"a_choices", "[5]", "form.not_listed"},
    {"a_ref", UUID, UUID},
    {"a_ref", "'asset-1'", "form.not_ref"},
    {"a_tags", "'a1, b 2 ;a1,,'", "['a1','b 2']"},
    {"a_tags", "['x, y',' z ','z']", "['x, y','z']"},
    {"a_tags", "[true]", "form.not_tags"},
    {"a_blob", BLOB, BLOB},
    {"a_blob", "'a.jpg'", "form.not_blob"},
    {"a_phone", "'0912 345-678'", "'0912345678'"},
    {"a_phone", "'+84 912.345.678'", "'+84912345678'"},
    {"a_phone", "'0912x'", "form.not_phone"},
    {"a_sum", "'5'", "form.derived"},
    {"a_sum", "5", "form.derived"},
    {"khac", "'5'", "form.no_field"},
};

static void test_input(void **state)
{
	struct form *f = form_of(ALL);

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct json *typed = json_of(inputs[i].typed), *got = NULL;
		struct err e;
		enum rc rc;

		err_clear(&e);
		rc = form_check_input(f, inputs[i].field, typed, &got, &e);
		if (strncmp(inputs[i].want, "form.", 5) == 0) {
			if (rc != RC_INPUT || strcmp(e.key, inputs[i].want) != 0)
				fail_msg("%s %s: %s", inputs[i].field, inputs[i].typed, e.key);
			assert_null(got);
			if (strcmp(inputs[i].field, "khac") != 0) {
				assert_string_equal(err_arg(&e, "label"), "Tên trường");
				assert_string_equal(err_arg(&e, "label_en"), "Field name");
			}
		} else {
			struct json *want = json_of(inputs[i].want);
			char *is = json_print(got);

			if (rc != RC_OK || !json_equal(want, got))
				fail_msg("%s %s: %s %s", inputs[i].field, inputs[i].typed, e.key, is);
			free(is);
			json_free(want);
		}
		json_free(typed);
		json_free(got);
	}
	form_free(f);
}

/* What was typed shows in the message, cut between characters. */
static void test_input_value(void **state)
{
	struct form *f = form_of(ALL);
	struct json *got = NULL, *typed;
	char text[400];
	struct err e;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "đ", 2);
	text[sizeof(text) - 2] = '\0';
	typed = json_string(text);
	assert_int_equal(form_check_input(f, "an_int", typed, &got, &e), RC_INPUT);
	assert_true(strlen(err_arg(&e, "value")) % 2 == 0);
	assert_true(strlen(err_arg(&e, "value")) > 100);
	json_free(typed);
	form_free(f);
}

/* ---- types on the wire ---- */

static void test_types(void **state)
{
	static const struct {
		const char *rec, *want;
	} rows[] = {
	    {"{}", ""},
	    {"{'a_text':'x','a_code':'00004','an_int':5,'a_decimal':'12.5','a_money':0,'a_date':'2026-11-23',"
	     "'a_datetime':'2026-11-23T08:30','a_bool':false,'a_choice':'tot','a_choices':['tot','dien'],"
	     "'a_ref':" UUID ",'a_tags':['a'],'a_blob':" BLOB ",'a_phone':'+84912345678','reason':'x','children':[]}",
	     ""},
	    {"{'a_text':null,'a_choices':[],'a_tags':null,'an_int':null,'a_date':''}", ""},
	    {"{'a_text':5}", "E a_text form.not_text"},
	    {"{'a_code':'a b'}", "E a_code form.not_code"},
	    {"{'an_int':'5'}", "E an_int form.not_int"},
	    {"{'a_decimal':12}", "E a_decimal form.not_decimal"},
	    {"{'a_decimal':'12,5'}", "E a_decimal form.not_decimal"},
	    {"{'a_decimal':'12.50'}", "E a_decimal form.not_decimal"}, /* not canonical */
	    {"{'a_decimal':'12.345'}", "E a_decimal form.places"},
	    {"{'a_money':'5'}", "E a_money form.not_money"},
	    {"{'a_date':'23/11/2026'}", "E a_date form.not_date"},
	    {"{'a_date':'2026-02-30'}", "E a_date form.not_date"},
	    {"{'a_datetime':'2026-11-23 08:30'}", "E a_datetime form.not_datetime"},
	    {"{'a_datetime':'2026-11-23'}", "E a_datetime form.not_datetime"},
	    {"{'a_datetime':'2026-11-23T24:00'}", "E a_datetime form.not_datetime"},
	    {"{'a_bool':'true'}", "E a_bool form.not_bool"},
	    {"{'a_choice':'xau'}", "E a_choice form.not_listed"},
	    {"{'a_choice':['tot']}", "E a_choice form.not_listed"},
	    {"{'a_choices':'tot'}", "E a_choices form.not_tags"},
	    {"{'a_choices':['tot','tot']}", "E a_choices form.not_tags"},
	    {"{'a_choices':['xau']}", "E a_choices form.not_listed"},
	    {"{'a_ref':'0192F1C0-0000-7000-8000-000000000001'}", "E a_ref form.not_ref"},
	    {"{'a_ref':'0192f1c0-0000-4000-8000-000000000001'}", "E a_ref form.not_ref"},
	    {"{'a_ref':'0192f1c0-0000-8000-c000-000000000001'}", "E a_ref form.not_ref"},
	    {"{'a_ref':'0192f1c0-0000-8000-b000-000000000001'}", ""},
	    {"{'a_tags':['']}", "E a_tags form.not_tags"},
	    {"{'a_tags':[5]}", "E a_tags form.not_tags"},
	    {"{'a_blob':'x'}", "E a_blob form.not_blob"},
	    {"{'a_blob':{'sha256':'00','size':5,'type':'a','name':'b'}}", "E a_blob form.not_blob"},
	    {"{'a_phone':'0912 345 678'}", "E a_phone form.not_phone"},
	    {"{'a_phone':'1'}", "E a_phone form.not_phone"},
	    {"{'a_sum':5}", "E a_sum form.derived"},
	    {"{'la':1,'a_text':5,'khac':null}", "E la form.no_field; E khac form.no_field; E a_text form.not_text"},
	};
	struct form *f = form_of(ALL);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_with(f, rows[i].rec, NULL, NULL, rows[i].want, NULL);
	form_free(f);
}

/* ---- conditions ---- */

#define RULES                                                                                      \
	"{'form':'x','version':1,'scope':'*','class':'register'," L ",'title':['a']," LISTS              \
	",'parent':{'field':'p','kinds':['x']},'children':[{'kind':'equipment_line','min':1,'max':2}],"  \
	"'fields':["                                                                                 \
	"{'name':'p','type':'ref','of':'x'," L "},"                                                    \
	"{'name':'a','type':'int','min':-2,'max':1000000,'required':true," L ",'warn':[{'if':'. > 10','vi':'Lớn','en':'Large'}]}," \
	"{'name':'b','type':'text','maxlen':3,'pattern':'[a-zê]+','required':'${a} > 5'," L "},"      \
	"{'name':'c','type':'int','relevant':'${a} > 0','required':true,'constraint':'. <= ${a}'," L "," \
	"'constraint_msg':{'vi':'Không quá a','en':'At most a'}},"                                     \
	"{'name':'d','type':'date','min':'2020-01-01','max':'2026-12-31','constraint':'. != `2026-01-01`'," L "}," \
	"{'name':'e','type':'tags','maxlen':2,'pattern':'[A-Z]+'," L "},"                             \
	"{'name':'f','type':'decimal','places':1,'min':'0.5'," L "},"                                 \
	"{'name':'g','type':'int','required':'${parent.z} = 1'," L "},"                               \
	"{'name':'h','type':'derived','calculate':'${parent.z} + 1'," L "},"                          \
	"{'name':'i','type':'int','constraint':'${h} = 2'," L "},"                                    \
	"{'name':'k','type':'derived','places':1,'calculate':'${f} * ${f} + 0.05'," L ",'warn':[{'if':'${k} > 100','vi':'Quá','en':'Over'}]}," \
	"{'name':'big','type':'money'," L "},"                                                        \
	"{'name':'m','type':'derived','calculate':'${big} * ${big}'," L "},"                          \
	"{'name':'n','type':'int','constraint':'. * ${big} * ${big} > 0'," L "}],"                    \
	"'rules':[{'constraint':'${a} != 7','vi':'Bảy','en':'Seven'},"                                 \
	"{'warn':'${a} = 8 or count(${equipment_line.check}) = 2','vi':'Tám','en':'Eight'}]}"

static void test_conditions(void **state)
{
	static const struct {
		const char *rec, *want;
	} rows[] = {
	    {"{'a':0}", ""},
	    {"{}", "E a form.required"},
	    {"{'a':null}", "E a form.required"},
	    {"{'a':-3}", "E a form.min"},
	    {"{'a':1000001,'c':1,'b':'x'}", "E a form.max"},
	    {"{'a':1000000,'c':1,'b':'x'}", "W a Large"}, /* the bound itself is allowed */
	    {"{'a':-2}", ""},
	    {"{'a':11,'c':1,'b':'x'}", "W a Large"},
	    {"{'a':6,'c':1}", "E b form.required"},
	    {"{'a':6,'c':1,'b':''}", "E b form.required"},
	    {"{'a':0,'b':'abcd'}", "E b form.maxlen"},
	    {"{'a':0,'b':'êêê'}", ""}, /* characters, not bytes */
	    {"{'a':0,'b':'a1'}", "E b form.pattern"}, /* the whole of it */
	    {"{'a':1}", "E c form.required"},
	    {"{'a':1,'c':2}", "E c At most a"},
	    {"{'a':0,'c':1}", "E c form.not_applicable"},
	    {"{'a':0,'c':null}", ""},
	    {"{'a':0,'d':'2019-12-31'}", "E d form.min"},
	    {"{'a':0,'d':'2027-01-01'}", "E d form.max"},
	    {"{'a':0,'d':'2026-12-31'}", ""},
	    {"{'a':0,'d':'2026-01-01'}", "E d form.constraint"},
	    {"{'a':0,'e':['AB','C']}", ""},
	    {"{'a':0,'e':['AB','ABC']}", "E e form.maxlen"},
	    {"{'a':0,'e':['a']}", "E e form.pattern"},
	    {"{'a':0,'f':'0.4'}", "E f form.min"},
	    {"{'a':0,'f':'0.5'}", ""},
	    {"{'a':0,'f':'10.5'}", "W k Over"},
	    {"{'a':7,'c':1,'b':'x'}", "E Seven"},
	    {"{'a':8,'c':1,'b':'x'}", "W Eight"},
	    {"{'a':'x'}", "E a form.not_int"}, /* and nothing about what depends on it */
	    {"{'a':0,'big':9007199254740991}", "E m expr.overflow"},
	    {"{'a':0,'big':9007199254740991,'n':1}", "E m expr.overflow; E n expr.overflow"},
	    {"{'a':-3,'b':'a1','d':'2019-01-01','z':1}",
	     "E z form.no_field; E a form.min; E b form.pattern; E d form.min"},
	};
	struct form *f = form_of(RULES);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_with(f, rows[i].rec, NULL, NULL, rows[i].want, NULL);
	form_free(f);
}

/* The parent or the children not known: no finding, no value; known: both. */
static void test_not_known(void **state)
{
	struct form *f = form_of(RULES);

	(void)state;
	expect_with(f, "{'a':0,'i':5}", NULL, NULL, "", "{}");
	expect_with(f, "{'a':0,'i':5}", "{'z':1}", NULL, "E g form.required", "{'h':2}");
	expect_with(f, "{'a':0,'i':5}", "{'z':2}", NULL, "E i form.constraint", "{'h':3}");
	expect_with(f, "{'a':0,'i':5}", "{}", NULL, "E i form.constraint", "{}");
	expect_with(f, "{'a':0,'f':'1.2'}", NULL, NULL, "", "{'k':'1.5'}"); /* 1.49, one place */
	expect_with(f, "{'a':0,'f':'2'}", NULL, NULL, "", "{'k':'4.1'}");
	expect_with(f, "{'a':0,'big':3}", NULL, NULL, "", "{'m':9}");
	form_free(f);
}

static void test_children(void **state)
{
	struct form *f = form_of(RULES);

	(void)state;
	expect_with(f, "{'a':0}", NULL, "[]", "E equipment_line form.children_few", NULL);
	expect_with(f, "{'a':0}", NULL,
		    "[{'kind':'equipment_line','fields':{'equip_type':'may_in','check':" UUID "}}]", "", NULL);
	expect_with(f, "{'a':0}", NULL,
		    "[{'kind':'equipment_line','fields':{'equip_type':'may_in'}},"
		    "{'kind':'equipment_line','fields':{'equip_type':'ups'}}]",
		    "W Eight", NULL);
	expect_with(f, "{'a':0}", NULL,
		    "[{'kind':'equipment_line','fields':{'equip_type':'may_in'}},"
		    "{'kind':'equipment_line','fields':{'equip_type':'may_in'}},"
		    "{'kind':'equipment_line','fields':{'equip_type':'ups'}}]",
		    "E equipment_line form.children_many; E equipment_line[1] form.children_same", NULL);
	expect_with(f, "{'a':0}", NULL,
		    "[{'kind':'photo','fields':{}},{'kind':'equipment_line','fields':{}},"
		    "{'kind':'equipment_line','fields':{}},{'kind':'?'},{}]",
		    "W Eight; E ?[0] form.children_kind; E ?[3] form.children_kind; E ?[4] form.children_kind",
		    NULL);
	form_free(f);
}

/* Many lines: bounded, in order, each repeated one named. */
static void test_many_children(void **state)
{
	const struct form *f = form_set_open(builtin, "inventory");
	struct json *children = json_array();
	struct json *rec = json_of("{'unit_name':'UBND','unit_code':'chưa có','cut_off':'2027-01-01T00:00',"
				   "'counted_at':'2026-11-23T08:00','state':'da_chot'}");
	const struct form_around around = {.set = builtin, .now_s = NOW, .children = children};
	struct form_result r = {0};
	struct buf got;
	struct err e;

	(void)state;
	for (int i = 0; i < 1999; i++) {
		struct json *c = json_object(), *fields = json_object();
		char id[40];

		snprintf(id, sizeof(id), "0192f1c0-0000-7000-8000-%012d", i == 1500 ? 3 : i);
		json_set_str(c, "kind", "inventory_line");
		json_set_str(fields, "asset", id);
		json_set_str(fields, "count_status", i % 2 == 0 ? "chua_kiem" : "da_kiem");
		json_set(c, "fields", fields);
		json_append(children, c);
	}
	assert_int_equal(form_check_record(f, rec, &around, &r, &e), RC_OK);
	buf_init(&got, 1000);
	findings(&r, &got);
	assert_string_equal((const char *)got.p,
			    "E The committee must have ; E The committee must have ; "
			    "W Some assets are not coun; E inventory_line[1500] form.children_same");
	buf_free(&got);
	form_check_free(&r);
	json_free(rec);
	json_free(children);
}

static void test_too_many_findings(void **state)
{
	struct form *f = form_of(ALL);
	struct json *rec = json_object();
	const struct form_around around = {.now_s = NOW};
	struct form_result r = {0};
	struct err e;
	char name[16];

	(void)state;
	for (int i = 0; i < LIMIT_FORM_FINDINGS + 5; i++) {
		snprintf(name, sizeof(name), "la%d", i);
		json_set_int(rec, name, i);
	}
	assert_int_equal(form_check_record(f, rec, &around, &r, &e), RC_OK);
	assert_int_equal(r.n, LIMIT_FORM_FINDINGS);
	assert_int_equal(r.nerror, LIMIT_FORM_FINDINGS + 5);
	assert_true(r.cut);
	json_free(rec);
	rec = json_object(); /* the same result again: emptied first */
	assert_int_equal(form_check_record(f, rec, &around, &r, &e), RC_OK);
	assert_int_equal(r.n, 0);
	assert_false(r.cut);
	form_check_free(&r);
	form_check_free(&r);
	json_free(rec);
	form_free(f);
}

/* Messages in the reader's language, with the field's label in it. */
static void test_words(void **state)
{
	static const char *const want[2][3] = {
	    {"“Tên trường” nhỏ nhất là -2.", "“Tên trường” lớn nhất là 31/12/2026.", "Không quá a"},
	    {"“Field name” is at least -2.", "“Field name” is at most 31/12/2026.", "At most a"}};
	struct form *f = form_of(RULES);
	struct json *rec[3] = {json_of("{'a':-3}"), json_of("{'a':0,'d':'2027-01-01'}"),
			       json_of("{'a':1,'c':2}")};
	const struct form_around around = {.now_s = NOW};
	struct err e;

	(void)state;
	for (int l = 0; l < 2; l++) {
		struct lang *lang = NULL;

		assert_int_equal(lang_load(l == 0 ? "vi" : "en", &lang, &e), RC_OK);
		for (int i = 0; i < 3; i++) {
			struct form_result r = {0};
			struct buf out;

			assert_int_equal(form_check_record(f, rec[i], &around, &r, &e), RC_OK);
			assert_int_equal(r.n, 1);
			buf_init(&out, LIMIT_ERR_TEXT);
			form_check_say(&r.finding[0], lang, &out);
			assert_string_equal((const char *)out.p, want[l][i]);
			buf_free(&out);
			form_check_free(&r);
		}
		assert_int_equal(lang_missing(lang), 0);
		lang_free(lang);
	}
	for (int i = 0; i < 3; i++)
		json_free(rec[i]);
	form_free(f);
}

/* ---- defaults ---- */

static void expect_defaults(const struct form *f, const char *rec, const char *parent,
			    const char *want)
{
	struct json *r = json_of(rec), *p = json_of(parent), *w = json_of(want), *got = NULL;
	const struct form_around around = {.set = builtin, .now_s = NOW, .parent = p};
	struct err e;
	char *is;

	assert_non_null(f);
	assert_int_equal(form_check_defaults(f, r, &around, &got, &e), RC_OK);
	is = json_print(got);
	if (!json_equal(w, got))
		fail_msg("defaults over %s: %s, want %s", rec != NULL ? rec : "nothing", is, want);
	free(is);
	json_free(r);
	json_free(p);
	json_free(w);
	json_free(got);
}

static void test_defaults(void **state)
{
	struct form *f = form_of(
	    "{'form':'x','version':1,'scope':'*','class':'line'," L ",'title':['a']," LISTS
	    ",'parent':{'field':'p','kinds':['x']},'fields':["
	    "{'name':'p','type':'ref','of':'x'," L "},"
	    "{'name':'a','type':'int','default':2," L "},"
	    "{'name':'b','type':'decimal','places':2,'default':'${a} div 3'," L "},"
	    "{'name':'c','type':'choices','list':'muc','default':['tot']," L "},"
	    "{'name':'d','type':'text','default':'concat(`số `, ${twice})'," L "},"
	    "{'name':'e','type':'bool','default':'${a} > 1'," L "},"
	    "{'name':'f','type':'int','default':'${b} + 0.5'," L "},"
	    "{'name':'g','type':'text','default':'${parent.ten}'," L "},"
	    "{'name':'h','type':'int','relevant':'${a} > 5','default':9," L "},"
	    "{'name':'twice','type':'derived','calculate':'${a} * 2'," L "}]}");

	(void)state;
	expect_defaults(f, NULL, NULL, "{'a':2,'b':'0.67','c':['tot'],'d':'số 4','e':true}");
	expect_defaults(f, "{'a':6}", "{'ten':'Ê-đê'}",
			"{'b':'2','c':['tot'],'d':'số 12','e':true,'g':'Ê-đê','h':9}");
	expect_defaults(f, "{'a':null}", "{}", "{'c':['tot'],'d':'số ','e':false}");
	form_free(f);
	expect_defaults(form_set_open(builtin, "asset"), NULL, NULL, "{'lifecycle':'dang_theo_doi'}");
	expect_defaults(form_set_open(builtin, "facility_check"), NULL, NULL,
			"{'checked_at':'2026-11-23T08:00'}");
	expect_defaults(form_set_open(builtin, "weekly_statement"), NULL, NULL,
			"{'week':'2026-W48','checked_at':'2026-11-23T08:00','checklist':'dm_2026_1'}");
}

static void test_relevant(void **state)
{
	const struct form_around around = {.now_s = NOW};
	const struct form *f = form_set_open(builtin, "facility_check");
	struct json *rec = json_of("{'repair_need':'khong'}");
	struct err e;
	bool applies = true;

	(void)state;
	assert_int_equal(form_check_relevant(f, "repair_cost", rec, &around, &applies, &e), RC_OK);
	assert_false(applies);
	assert_int_equal(form_check_relevant(f, "power", rec, &around, &applies, &e), RC_OK);
	assert_true(applies);
	assert_int_equal(form_check_relevant(f, "khong_co", rec, &around, &applies, &e), RC_INPUT);
	json_free(rec);
}

/* ---- the built-in forms ---- */

#define FACILITY                                                                                   \
	"'commune_code':'00004','name':'Trụ sở','address':'Số 1','facility_type':'tru_so','land_cert':'co'"

static void test_facility(void **state)
{
	(void)state;
	expect("facility", "{" FACILITY ",'surplus_status':'khong'}", "");
	expect("facility", "{" FACILITY "}", "E surplus_status form.required");
	expect("facility", "{" FACILITY ",'surplus_status':'khong','unit_code':'chưa có'}", "");
	expect("facility", "{" FACILITY ",'surplus_status':'khong','unit_code':'123'}",
	       "E unit_code form.pattern");
	expect("facility", "{" FACILITY ",'surplus_status':'khong','land_area':'-1'}", "E land_area form.min");
	expect("facility", "{" FACILITY ",'surplus_status':'khong','build_area':'120.5','floor_area':'120.4'}",
	       "W floor_area The floor area is less t");
	/* 0.1 + 0.2 are 0.3, to the hundredth */
	expect("facility",
	       "{" FACILITY ",'surplus_status':'khong','floor_area':'0.3','use_office':'0.1','use_other':'0.2'}",
	       "");
	expect("facility",
	       "{" FACILITY ",'surplus_status':'khong','floor_area':'0.31','use_office':'0.1','use_other':'0.2'}",
	       "W floor_area The areas by use do not ");
	expect("facility", "{" FACILITY ",'surplus_status':'khong','floor_area':'10'}", "");
	expect("facility", "{" FACILITY ",'surplus_status':'khong','decision_no':'1/QĐ'}",
	       "E decision_no form.not_applicable");
	expect("facility",
	       "{" FACILITY ",'surplus_status':'da_xu_ly','handling_form':'ban','handling_purpose':'y_te'}",
	       "E decision_no form.required; E decision_date form.required");
	expect("facility", "{" FACILITY ",'surplus_status':'khong','built_year':2027}",
	       "E built_year The year built cannot be");
	expect("facility", "{" FACILITY ",'surplus_status':'khong','built_year':2026,'storeys':51}",
	       "E storeys form.max");
}

#define ASSET                                                                                      \
	"'unit_code':'1154985','name':'Dell Vostro 3020','class':'may_moc_thiet_bi','uom':'chiec','quantity':1," \
	"'use_year':2023,'condition':'tot','use_state':'dung_muc_dich','lifecycle':'dang_theo_doi'"

static void test_asset(void **state)
{
	const struct form *f = form_set_open(builtin, "asset");

	(void)state;
	/* no code, no price, no serial: nothing blocks */
	expect_with(f, "{" ASSET ",'value_basis':'chua_xac_dinh'}", NULL, NULL, "", "{}");
	expect_with(f, "{" ASSET ",'value_basis':'so_ke_toan','cost_budget':14990000,'asset_code':'1154985-000140'}",
		    NULL, NULL, "", "{'original_cost':14990000}");
	expect_with(f, "{" ASSET ",'value_basis':'so_ke_toan','cost_budget':28657244000,'cost_other':9000000000000000}",
		    NULL, NULL, "", "{'original_cost':9000028657244000}");
	expect("asset", "{" ASSET ",'value_basis':'so_ke_toan','asset_code':'1154985000140'}",
	       "E asset_code form.pattern");
	/* first year of 14,29 %: what is left is cost less wear, to the đồng */
	expect("asset",
	       "{" ASSET ",'value_basis':'so_ke_toan','cost_budget':14990000,'accum_dep':2142071,'residual':12847929}",
	       "");
	expect("asset",
	       "{" ASSET ",'value_basis':'so_ke_toan','cost_budget':14990000,'accum_dep':2142071,'residual':12847930}",
	       "W residual The residual value is no");
	expect("asset", "{" ASSET ",'value_basis':'quy_uoc_1d','cost_budget':2}", "W The basis is 1 VND, but ");
	expect("asset", "{" ASSET ",'value_basis':'so_ke_toan','cost_budget':-1}", "E cost_budget form.min");
	expect("asset", "{'unit_code':'1154985'}",
	       "E name form.required; E class form.required; E uom form.required; E quantity form.required; "
	       "E use_year form.required; E value_basis form.required; E condition form.required; "
	       "E use_state form.required; E lifecycle form.required");
}

#define CHECK                                                                                      \
	"'facility_id':" UUID ",'checked_at':'2026-11-23T08:00','checker_name':'Lò Thị May',"           \
	"'checker_title':'Công chức','building_condition':'tot','occupancy':'dung_muc_dich','power':'on_dinh'," \
	"'water':'on_dinh','internet':'cap_quang','tslcd':'co','vc_room':'co','fire_safety':'dat'"

static void test_facility_check(void **state)
{
	(void)state;
	expect("facility_check", "{" CHECK ",'repair_need':'khong','adequacy':'du'}", "");
	expect("facility_check", "{" CHECK ",'repair_need':'nho','adequacy':'du'}", "E repair_cost form.required");
	expect("facility_check", "{" CHECK ",'repair_need':'nho','repair_cost':0,'adequacy':'du'}", "");
	expect("facility_check", "{" CHECK ",'repair_need':'khong','repair_cost':5,'adequacy':'du'}",
	       "E repair_cost form.not_applicable");
	expect("facility_check", "{" CHECK ",'repair_need':'khong','adequacy':'chua_du'}",
	       "E shortfall form.required");
	expect("facility_check", "{" CHECK ",'repair_need':'khong','adequacy':'chua_du','shortfall':[]}",
	       "E shortfall form.required"); /* an empty list is no answer */
	expect("facility_check", "{" CHECK ",'repair_need':'khong','adequacy':'chua_du','shortfall':['xuong_cap']}",
	       "");
	expect("facility_check", "{" CHECK ",'repair_need':'khong','adequacy':'du','supersedes':" UUID "}",
	       "E reason form.required");
}

/* Norms are ceilings, rounded up: 15 staff 1 scanner, 16 staff 2; 15 staff 5 printers. */
static void test_norms(void **state)
{
	static const struct {
		const char *type;
		int staff;
		int norm; /* -1: none */
	} rows[] = {
	    {"may_in", 15, 5},	     {"may_in", 16, 6},	   {"may_in", 1, 1},	  {"da_nang", 4, 2},
	    {"may_scan", 15, 1},     {"may_scan", 16, 2},  {"may_huy", 30, 2},	  {"photocopy", 31, 3},
	    {"may_tinh_ban", 37, 37}, {"xach_tay", 37, 37}, {"gia_tai_lieu", 11, 2}, {"gia_tai_lieu", 10, 1},
	    {"dien_thoai", 9, 9},    {"may_scan", 0, 0},   {"tuong_lua", 15, -1}, {"kenh_tslcd", 15, -1},
	    {"thiet_bi_vc", 15, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json *rec = json_object(), *parent = json_object(), *d = NULL;
		const struct form_around around = {.set = builtin, .now_s = NOW, .parent = parent};
		int64_t norm = -1;
		struct err e;

		json_set_str(rec, "equip_type", rows[i].type);
		json_set_int(parent, "staff_approved", rows[i].staff);
		assert_int_equal(form_check_derived(form_set_open(builtin, "equipment_line"), rec, &around,
						    &d, &e),
				 RC_OK);
		(void)json_get_int(d, "norm_max", &norm);
		if (norm != rows[i].norm)
			fail_msg("%s, %d staff: %d", rows[i].type, rows[i].staff, (int)norm);
		json_free(d);
		json_free(rec);
		json_free(parent);
	}
}

#define LINE "'check':" UUID ",'equip_type':'may_in','quality':'dap_ung'"

static void test_equipment_line(void **state)
{
	const struct form *f = form_set_open(builtin, "equipment_line");
	const char *parent = "{'staff_approved':15}";

	(void)state;
	expect_with(f, "{" LINE ",'qty_on_hand':5,'qty_working':3,'qty_broken':2,'qty_needed':5}", parent, NULL,
		    "", "{'norm_max':5,'shortfall':2,'computers':0,'printers':5,'price_max':13000000}");
	expect_with(f, "{" LINE ",'qty_on_hand':6,'qty_working':4,'qty_broken':1,'qty_needed':3}", parent, NULL,
		    "W qty_on_hand The number on hand excee; E The number working and t",
		    "{'norm_max':5,'shortfall':0,'computers':0,'printers':3,'price_max':13000000}");
	expect_with(f,
		    "{" LINE ",'qty_on_hand':5,'qty_working':3,'qty_broken':2,'qty_needed':5,'qty_outdated':6,"
		    "'qty_transferable':4}",
		    parent, NULL, "E qty_outdated The number outdated cann; E qty_transferable The number that can be t",
		    NULL);
	/* two printers short at 13 million each */
	expect_with(f,
		    "{" LINE ",'qty_on_hand':5,'qty_working':3,'qty_broken':2,'qty_needed':5,'need_cost':26000001}",
		    parent, NULL, "W need_cost The cost exceeds the pri", NULL);
	/* the parent not known: no norm, no warning about it */
	expect_with(f, "{" LINE ",'qty_on_hand':600,'qty_working':598,'qty_broken':2,'qty_needed':5}", NULL, NULL,
		    "", "{'shortfall':0,'computers':0,'printers':5,'price_max':13000000}");
	/* not yet filled in: what is missing is said, the sum is not held against it */
	expect_with(f, "{" LINE ",'qty_on_hand':5}", parent, NULL,
		    "E qty_working form.required; E qty_broken form.required; E qty_needed form.required",
		    "{'norm_max':5,'computers':0,'printers':0,'price_max':13000000}");
}

static void test_equipment_check(void **state)
{
	const struct form *f = form_set_open(builtin, "equipment_check");
	const char *head = "{'checked_at':'2026-11-23T08:00','checker_name':'A','checker_title':'B',"
			   "'staff_approved':15,'staff_present':14}";

	(void)state;
	expect_with(f, head, NULL, NULL, "", NULL); /* lines not known: nothing about them */
	expect_with(f, head, NULL, "[]", "E equipment_line form.children_few", NULL);
	expect_with(f, head, NULL,
		    "[{'kind':'equipment_line','fields':{'equip_type':'may_in','qty_needed':3}},"
		    "{'kind':'equipment_line','fields':{'equip_type':'da_nang','qty_needed':3}}]",
		    "W The printers needed, mul", NULL);
	expect_with(f, head, NULL,
		    "[{'kind':'equipment_line','fields':{'equip_type':'may_in','qty_needed':3}},"
		    "{'kind':'equipment_line','fields':{'equip_type':'da_nang','qty_needed':2}},"
		    "{'kind':'equipment_line','fields':{'equip_type':'xach_tay','qty_needed':15}}]",
		    "", NULL);
	expect_with(f, head, NULL,
		    "[{'kind':'equipment_line','fields':{'equip_type':'may_tinh_ban','qty_needed':10}},"
		    "{'kind':'equipment_line','fields':{'equip_type':'xach_tay','qty_needed':6}}]",
		    "W The computers needed (de", NULL);
}

#define COUNT_LINE                                                                                 \
	"'session':" UUID ",'asset':" UUID ",'book_qty':2,'book_cost':29980000,'book_residual':25695858"

static void test_inventory_line(void **state)
{
	const struct form *f = form_set_open(builtin, "inventory_line");

	(void)state;
	/* not counted is not missing: no difference at all */
	expect_with(f, "{" COUNT_LINE ",'count_status':'chua_kiem'}", NULL, NULL, "", "{'not_counted':1}");
	expect_with(f, "{" COUNT_LINE ",'count_status':'chua_kiem','counted_qty':2}", NULL, NULL,
		    "E counted_qty form.not_applicable", NULL);
	expect_with(f, "{" COUNT_LINE ",'count_status':'da_kiem'}", NULL, NULL,
		    "E counted_qty form.required; E use_state form.required; E condition form.required",
		    "{'not_counted':0}");
	expect_with(f,
		    "{" COUNT_LINE ",'count_status':'da_kiem','counted_qty':2,'use_state':'dung_muc_dich',"
		    "'condition':'tot','discrepancy':'khop'}",
		    NULL, NULL, "", "{'not_counted':0,'diff_qty':0,'diff_cost':0,'diff_residual':0}");
	expect_with(f,
		    "{" COUNT_LINE ",'count_status':'da_kiem','counted_qty':1,'counted_cost':14990000,"
		    "'use_state':'dung_muc_dich','condition':'tot','discrepancy':'thieu'}",
		    NULL, NULL, "E cause form.required",
		    "{'not_counted':0,'diff_qty':-1,'diff_cost':-14990000,'diff_residual':0}");
	expect_with(f,
		    "{" COUNT_LINE ",'count_status':'da_kiem','counted_qty':1,'counted_cost':14990000,'cause':'mat',"
		    "'use_state':'dung_muc_dich','condition':'tot','discrepancy':'khop'}",
		    NULL, NULL, "E discrepancy The result does not agre", NULL);
	expect_with(f,
		    "{" COUNT_LINE ",'count_status':'da_kiem','counted_qty':0,'cause':'mat',"
		    "'use_state':'hong_khong_su_dung','condition':'hong','discrepancy':'thieu'}",
		    NULL, NULL, "",
		    "{'not_counted':0,'diff_qty':-2,'diff_cost':-29980000,'diff_residual':-25695858}");
	expect_defaults(f, "{" COUNT_LINE ",'count_status':'da_kiem','counted_qty':1}", NULL,
			"{'counted_cost':29980000,'counted_residual':25695858,'discrepancy':'thieu'}");
	expect_defaults(f, "{" COUNT_LINE "}", NULL, "{'count_status':'chua_kiem'}");
}

#define SESSION                                                                                    \
	"'unit_name':'UBND xã','unit_code':'1154985','cut_off':'2027-01-01T00:00',"                     \
	"'counted_at':'2026-11-23T08:00'"
#define MEMBER(no, role) "{'kind':'committee_member','fields':{'no':" no ",'name':'A','role':'" role "'}}"

/* At least two members, exactly one head, before the count is finished. */
static void test_inventory(void **state)
{
	const struct form *f = form_set_open(builtin, "inventory");

	(void)state;
	expect_with(f, "{" SESSION ",'state':'dang_kiem'}", NULL, NULL, "", NULL);
	expect_with(f, "{" SESSION ",'state':'dang_kiem'}", NULL, "[]", "W The committee needs at l", NULL);
	expect_with(f, "{" SESSION ",'state':'da_chot'}", NULL,
		    "[" MEMBER("1", "truong_ban") "," MEMBER("2", "uy_vien") "]", "", NULL);
	expect_with(f, "{" SESSION ",'state':'da_chot'}", NULL,
		    "[" MEMBER("1", "truong_ban") "," MEMBER("2", "truong_ban") "]",
		    "E The committee must have ", NULL);
	expect_with(f, "{" SESSION ",'state':'da_chot'}", NULL, "[" MEMBER("1", "truong_ban") "]",
		    "E The committee must have ", NULL);
	expect_with(f, "{" SESSION ",'state':'da_chot'}", NULL,
		    "[" MEMBER("1", "truong_ban") "," MEMBER("2", "da_thoi") "]", "E The committee must have ",
		    NULL);
	expect_with(f, "{" SESSION ",'state':'da_chot'}", NULL,
		    "[" MEMBER("1", "truong_ban") "," MEMBER("1", "thu_ky") "]",
		    "E committee_member[1] form.children_same", NULL);
	expect_with(f, "{" SESSION ",'state':'da_chot'}", NULL,
		    "[" MEMBER("1", "truong_ban") "," MEMBER("2", "thu_ky") ","
		    "{'kind':'inventory_line','fields':{'asset':" UUID ",'count_status':'chua_kiem'}}]",
		    "W Some assets are not coun", NULL);
}

static void test_weekly(void **state)
{
	const char *head = "'week':'2026-W48','checked_at':'2026-11-23T08:00','checklist':'dm_2026_1',"
			   "'contact_name':'Giàng A Páo','contact_phone':'0912345678'";
	char rec[512];

	(void)state;
	snprintf(rec, sizeof(rec), "{%s,'declared_adequate':'co','car':'co'}", head);
	expect("weekly_statement", rec, "");
	snprintf(rec, sizeof(rec), "{%s,'declared_adequate':'chua','car':'khong_thuoc_doi_tuong'}", head);
	expect("weekly_statement", rec, "E missing form.required; E car_reason form.required");
	snprintf(rec, sizeof(rec), "{%s,'declared_adequate':'co','car':'co','car_reason':'x'}", head);
	expect("weekly_statement", rec, "E car_reason form.not_applicable");
	expect("weekly_statement", "{'week':'2026-48'}",
	       "E week form.pattern; E checked_at form.required; E declared_adequate form.required; "
	       "E checklist form.required; E car form.required; E contact_name form.required; "
	       "E contact_phone form.required");
}

static void test_centre(void **state)
{
	(void)state;
	expect("review", "{'target':" UUID ",'state':'returned','level':'commune'}", "E reason form.required");
	expect("review", "{'target':" UUID ",'state':'approved','level':'commune','comments':['power: xem lại']}", "");
	expect("photo", "{'attached_to':" UUID ",'image':" BLOB "}", "");
	expect("photo", "{'attached_to':" UUID "}", "E image form.required");
	expect("task", "{'title':'A','target':" UUID ",'owner':'B','due':'2026-12-01','state':'xong'}",
	       "E closed_by form.required");
	expect("schedule", "{'kind':'weekly_statement','period':'hang_tuan','due_hour':12,'scopes':['*']}",
	       "E due_weekday form.required");
	expect("catalogue", "{'blob':" BLOB "}", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_input),	   cmocka_unit_test(test_input_value),
	    cmocka_unit_test(test_types),	   cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_not_known),	   cmocka_unit_test(test_children),
	    cmocka_unit_test(test_many_children),  cmocka_unit_test(test_too_many_findings),
	    cmocka_unit_test(test_words),	   cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_relevant),	   cmocka_unit_test(test_facility),
	    cmocka_unit_test(test_asset),	   cmocka_unit_test(test_facility_check),
	    cmocka_unit_test(test_norms),	   cmocka_unit_test(test_equipment_line),
	    cmocka_unit_test(test_equipment_check), cmocka_unit_test(test_inventory_line),
	    cmocka_unit_test(test_inventory),	   cmocka_unit_test(test_weekly),
	    cmocka_unit_test(test_centre),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
