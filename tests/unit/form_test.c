/*
 * form: what a definition may say and how a wrong one is refused, with its place; the
 * order of derived fields; the built-in forms; the set of all versions.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/embed.h"
#include "lib/limits.h"
#include "sync/form.h"

/* Forms are written with ' for " so that they can be read here. */
static struct form *parse(const char *text, struct err *e, enum rc want)
{
	struct form *f = NULL;
	char *json = span_dup(span_str(text));
	enum rc rc;

	assert_non_null(json);
	for (char *p = json; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p == '`' ? '\'' : *p;
	err_clear(e);
	rc = form_parse(span_str(json), &f, e);
	free(json);
	if (rc != want)
		fail_msg("%s: rc %d, %s at %s (%s)", text, (int)rc, e->key,
			 err_arg(e, "at") != NULL ? err_arg(e, "at") : "",
			 err_arg(e, "name") != NULL ? err_arg(e, "name") : "");
	return f;
}

#define L "'label':{'vi':'Tên','en':'Name'}"
#define HEAD "{'form':'x','version':1,'scope':'commune','class':'register'," L ","
#define ONE "'title':['a'],'fields':[{'name':'a','type':'text'," L "}]"

static const char whole[] =
    "{'form':'whole','version':12,'scope':'*','class':'session'," L ",'title':['ten','tong'],"
    "'key':['scope','ma','so'],'parent':{'field':'cha','kinds':['whole','other']},"
    "'children':[{'kind':'line','min':1,'max':9},{'kind':'photo'}],"
    "'lists':{'muc':[{'v':'tot','vi':'Tốt','en':'Good'},{'v':'IV','vi':'Cấp IV','en':'Grade IV'}]},"
    "'fields':["
    "{'name':'tong','type':'derived'," L ",'places':2,'calculate':'${gap} + 1','unit':{'vi':'m²','en':'m²'}},"
    "{'name':'gap','type':'derived'," L ",'inner':true,'calculate':'${so} * 2 + sum(${line.q}) - ${parent.so}'},"
    "{'name':'ten','type':'text'," L ",'hint':{'vi':'Gợi ý','en':'Hint'},'maxlen':20,'required':true,'merge':'latest'},"
    "{'name':'ma','type':'code'," L ",'pattern':'[0-9]{5}','merge':'immutable'},"
    "{'name':'so','type':'int'," L ",'min':-5,'max':10,'merge':'max','default':3},"
    "{'name':'dt','type':'decimal'," L ",'min':'0.5','places':1,'default':'1.5'},"
    "{'name':'tien','type':'money'," L ",'required':'${so} > 1','relevant':'${muc} = `tot`',"
    "'constraint':'. >= 0','constraint_msg':{'vi':'Sai','en':'Wrong'},"
    "'warn':[{'if':'. > 5','vi':'Lớn','en':'Large'}]},"
    "{'name':'ngay','type':'date'," L ",'min':'2020-01-01','default':'today()','merge':'min'},"
    "{'name':'luc','type':'datetime'," L ",'default':'2026-01-01T00:00'},"
    "{'name':'co','type':'bool'," L ",'default':false},"
    "{'name':'muc','type':'choice'," L ",'list':'muc','default':'tot','merge':'central'},"
    "{'name':'cac_muc','type':'choices'," L ",'list':'muc','default':['tot'],'merge':'union'},"
    "{'name':'cha','type':'ref'," L ",'of':['whole','other']},"
    "{'name':'anh','type':'ref'," L ",'of':'whole'},"
    "{'name':'the','type':'tags'," L ",'maxlen':9,'merge':'union'},"
    "{'name':'tep','type':'blob'," L "},"
    "{'name':'dien_thoai','type':'phone'," L "}],"
    "'sections':[{'vi':'Một','en':'One','from':'ten'},{'vi':'Hai','en':'Two','from':'muc'}],"
    "'rules':[{'constraint':'${so} < 100','vi':'Quá lớn','en':'Too large'},"
    "{'warn':'${so} < 0','vi':'Âm','en':'Negative'}]}";

static void test_whole(void **state)
{
	struct err e;
	struct form *f = parse(whole, &e, RC_OK);
	const struct form_field *x;

	(void)state;
	assert_string_equal(f->name, "whole");
	assert_int_equal(f->version, 12);
	assert_true(f->any_scope);
	assert_int_equal(f->class, FORM_SESSION);
	assert_int_equal(f->nfield, 17);
	assert_int_equal(f->ntitle, 2);
	assert_int_equal(f->nkey, 3);
	assert_string_equal(f->parent_field, "cha");
	assert_int_equal(f->nparent_kind, 2);
	assert_int_equal(form_child(f, "line")->min, 1);
	assert_int_equal(form_child(f, "line")->max, 9);
	assert_true(form_child(f, "photo")->max == SIZE_MAX);
	assert_null(form_child(f, "asset"));
	assert_true(form_field(f, "gap")->inner);
	assert_false(form_field(f, "tong")->inner);
	assert_int_equal(f->nsection, 2);
	assert_string_equal(f->section[1].label.vi, "Hai");
	assert_string_equal(f->field[f->section[1].first].name, "muc");
	/* gap before tong, though tong stands first */
	assert_int_equal(f->nderived, 2);
	assert_string_equal(f->field[f->derived[0]].name, "gap");
	assert_string_equal(f->field[f->derived[1]].name, "tong");
	x = form_field(f, "muc");
	assert_string_equal(form_item(x->list, "IV")->label.vi, "Cấp IV");
	assert_null(form_item(x->list, "V"));
	assert_string_equal(json_str(x->def), "tot");
	assert_null(x->def_expr);
	assert_non_null(form_field(f, "ngay")->def_expr);
	assert_string_equal(json_str(form_field(f, "dt")->def), "1.5");
	assert_string_equal(json_str(form_field(f, "luc")->def), "2026-01-01T00:00");
	assert_true(form_field(f, "ten")->required);
	assert_false(form_field(f, "tien")->required);
	assert_non_null(form_field(f, "tien")->required_if);
	assert_int_equal(form_field(f, "dien_thoai")->places, 0);
	assert_null(form_field(f, "khong_co"));
	assert_string_equal(form_say(x->label, "en"), "Name");
	assert_string_equal(form_say(x->label, "vi"), "Tên");
	assert_string_equal(form_say(x->label, NULL), "Tên");
	assert_int_equal(form_merge(f, "ten"), FORM_LATEST);
	assert_int_equal(form_merge(f, "ma"), FORM_IMMUTABLE);
	assert_int_equal(form_merge(f, "muc"), FORM_CENTRAL);
	assert_int_equal(form_merge(f, "tep"), FORM_KEEP); /* when nothing is said */
	assert_int_equal(form_merge(f, "reason"), FORM_LATEST);
	assert_int_equal(form_merge(f, "children"), FORM_KEEP);
	assert_int_equal(form_merge(f, "la"), FORM_KEEP);
	assert_string_equal(json_get_str(f->json, "form"), "whole");
	form_free(f);
	form_free(NULL);
}

/* text, key, at */
struct bad {
	const char *text, *key, *at;
};

static void refuse_all(const struct bad *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err e;

		assert_null(parse(rows[i].text, &e, RC_INPUT));
		if (strcmp(e.key, rows[i].key) != 0 || strcmp(err_arg(&e, "at"), rows[i].at) != 0)
			fail_msg("%s: %s at %s, want %s at %s", rows[i].text, e.key,
				 err_arg(&e, "at"), rows[i].key, rows[i].at);
	}
}

static void test_bad_form(void **state)
{
	static const struct bad rows[] = {
	    {"[]", "formdef.not_object", ""},
	    {HEAD ONE ",'more':1}", "formdef.member", "more"},
	    {HEAD "'title':['a']}", "formdef.missing", "fields"},
	    {HEAD "'fields':[{'name':'a','type':'text'," L "}]}", "formdef.missing", "title"},
	    {HEAD "'title':['b'],'fields':[{'name':'a','type':'text'," L "}]}", "formdef.field", "title[0]"},
	    {"{'form':'X','version':1,'scope':'*','class':'check'," L "," ONE "}", "formdef.name", "form"},
	    {"{'form':'x','version':0,'scope':'*','class':'check'," L "," ONE "}", "formdef.number", "version"},
	    {"{'form':'x','version':10000,'scope':'*','class':'check'," L "," ONE "}", "formdef.number", "version"},
	    {"{'form':'x','version':1,'scope':'00004','class':'check'," L "," ONE "}", "formdef.scope", "scope"},
	    {"{'form':'x','version':1,'scope':'*','class':'list'," L "," ONE "}", "formdef.class", "class"},
	    {"{'form':'x','version':1,'scope':'*','class':'check','label':{'vi':'a'}," ONE "}", "formdef.missing", "label.en"},
	    {"{'form':'x','version':1,'scope':'*','class':'check','label':{'vi':'','en':'a'}," ONE "}", "formdef.label", "label.vi"},
	    {"{'form':'x','version':1,'scope':'*','class':'check','label':{'vi':'Te\xcc\x81n','en':'a'}," ONE "}", "formdef.label", "label.vi"},
	    {HEAD ONE ",'lists':{'l':[]}}", "formdef.not_array", "lists.l"},
	    {HEAD ONE ",'lists':{'L':[{'v':'a','vi':'b','en':'c'}]}}", "formdef.name", "lists.L"},
	    {HEAD ONE ",'lists':{'l':[{'v':'a b','vi':'b','en':'c'}]}}", "formdef.value", "lists.l[0].v"},
	    {HEAD ONE ",'lists':{'l':[{'v':'a','vi':'b','en':'c'},{'v':'a','vi':'d','en':'e'}]}}", "formdef.twice", "lists.l[1]"},
	    {HEAD ONE ",'lists':{'l':[{'v':'a','vi':'b','en':'c','x':1}]}}", "formdef.member", "lists.l[0].x"},
	    {HEAD ONE ",'children':{}}", "formdef.not_array", "children"},
	    {HEAD ONE ",'children':[{'kind':'k','min':2,'max':1}]}", "formdef.number", "children[0].max"},
	    {HEAD ONE ",'children':[{'kind':'k'},{'kind':'k'}]}", "formdef.twice", "children[1]"},
	    {HEAD ONE ",'key':['b']}", "formdef.field", "key[0]"},
	    {HEAD ONE ",'key':'a'}", "formdef.not_names", "key"},
	    {HEAD ONE ",'parent':{'field':'a','kinds':['k']}}", "formdef.field", "parent.field"},
	    {HEAD ONE ",'parent':{'field':'b','kinds':['k']}}", "formdef.field", "parent.field"},
	    {HEAD ONE ",'parent':{'field':'a','kinds':[]}}", "formdef.not_names", "parent.kinds"},
	    {HEAD ONE ",'sections':{}}", "formdef.not_array", "sections"},
	    {HEAD ONE ",'sections':[{'vi':'a','from':'a'}]}", "formdef.missing", "sections[0].en"},
	    {HEAD ONE ",'sections':[{'vi':'a','en':'b','from':'b'}]}", "formdef.field", "sections[0]"},
	    {HEAD ONE ",'sections':[{'vi':'a','en':'b','from':'a'},{'vi':'c','en':'d','from':'a'}]}", "formdef.field", "sections[1]"},
	    {HEAD ONE ",'rules':[{'vi':'a','en':'b'}]}", "formdef.missing", "rules[0]"},
	    {HEAD ONE ",'rules':[{'constraint':'1','warn':'1','vi':'a','en':'b'}]}", "formdef.member", "rules[0].warn"},
	    {HEAD ONE ",'rules':[{'warn':5,'vi':'a','en':'b'}]}", "formdef.not_expr", "rules[0].warn"},
	    {HEAD ONE ",'rules':[{'warn':'${b}','vi':'a','en':'b'}]}", "formdef.unknown_name", "rules[0].warn"},
	    {HEAD ONE ",'rules':[{'warn':'${a} = .','vi':'a','en':'b'}]}", "formdef.self", "rules[0].warn"},
	    {HEAD ONE ",'rules':[{'constraint':'${k.a} = 1','vi':'a','en':'b'}]}", "formdef.unknown_name", "rules[0].constraint"},
	    {HEAD ONE ",'rules':[{'constraint':'${parent.a} = 1','vi':'a','en':'b'}]}", "formdef.unknown_name", "rules[0].constraint"},
	};

	(void)state;
	refuse_all(rows, sizeof(rows) / sizeof(rows[0]));
}

#define F(more) HEAD "'title':['a'],'lists':{'l':[{'v':'u','vi':'b','en':'c'}]},'fields':[{'name':'a','type':'int'," L "},{" more "}]}"

static void test_bad_field(void **state)
{
	static const struct bad rows[] = {
	    {F("'name':'b','type':'text'"), "formdef.missing", "fields[1].label"},
	    {F("'type':'text'," L), "formdef.missing", "fields[1].name"},
	    {F("'name':'b'," L), "formdef.missing", "fields[1].type"},
	    {F("'name':'b','type':'float'," L), "formdef.type", "fields[1].type"},
	    {F("'name':'a','type':'text'," L), "formdef.twice", "fields[1].name"},
	    {F("'name':'b-c','type':'text'," L), "formdef.name", "fields[1].name"},
	    {F("'name':'parent','type':'text'," L), "formdef.name", "fields[1].name"},
	    {F("'name':'b','type':'text'," L ",'mergge':'keep'"), "formdef.member", "fields[1].mergge"},
	    {F("'name':'b','type':'text'," L ",'merge':'last'"), "formdef.merge", "fields[1].merge"},
	    {F("'name':'b','type':'text'," L ",'merge':'max'"), "formdef.merge_type", "fields[1].merge"},
	    {F("'name':'b','type':'int'," L ",'merge':'union'"), "formdef.merge_type", "fields[1].merge"},
	    {F("'name':'b','type':'text'," L ",'list':'l'"), "formdef.not_for_type", "fields[1].list"},
	    {F("'name':'b','type':'choice'," L), "formdef.missing", "fields[1].list"},
	    {F("'name':'b','type':'choice'," L ",'list':'m'"), "formdef.list", "fields[1].list"},
	    {F("'name':'b','type':'ref'," L), "formdef.missing", "fields[1].of"},
	    {F("'name':'b','type':'ref'," L ",'of':[]"), "formdef.not_names", "fields[1].of"},
	    {F("'name':'b','type':'ref'," L ",'of':'A'"), "formdef.name", "fields[1].of"},
	    {F("'name':'b','type':'int'," L ",'pattern':'a'"), "formdef.not_for_type", "fields[1].pattern"},
	    {F("'name':'b','type':'text'," L ",'pattern':'('"), "formdef.pattern", "fields[1].pattern"},
	    {F("'name':'b','type':'text'," L ",'maxlen':0"), "formdef.number", "fields[1].maxlen"},
	    {F("'name':'b','type':'text'," L ",'min':0"), "formdef.not_for_type", "fields[1].min"},
	    {F("'name':'b','type':'int'," L ",'min':'0'"), "formdef.bound", "fields[1].min"},
	    {F("'name':'b','type':'int'," L ",'min':2,'max':1"), "formdef.bound", "fields[1].max"},
	    {F("'name':'b','type':'date'," L ",'min':'2026-02-30'"), "formdef.bound", "fields[1].min"},
	    {F("'name':'b','type':'date'," L ",'max':5"), "formdef.bound", "fields[1].max"},
	    {F("'name':'b','type':'decimal'," L ",'places':7"), "formdef.number", "fields[1].places"},
	    {F("'name':'b','type':'int'," L ",'places':2"), "formdef.not_for_type", "fields[1].places"},
	    {F("'name':'b','type':'derived'," L), "formdef.missing", "fields[1].calculate"},
	    {F("'name':'b','type':'int'," L ",'calculate':'1'"), "formdef.not_for_type", "fields[1].calculate"},
	    {F("'name':'b','type':'int'," L ",'inner':true"), "formdef.not_for_type", "fields[1].inner"},
	    {F("'name':'b','type':'derived'," L ",'calculate':'1','inner':false"), "formdef.value", "fields[1].inner"},
	    {F("'name':'b','type':'derived'," L ",'calculate':'1','merge':'keep'"), "formdef.not_for_type", "fields[1].merge"},
	    {F("'name':'b','type':'derived'," L ",'calculate':'${b} + 1'"), "formdef.cycle", "fields[1]"},
	    {F("'name':'b','type':'derived'," L ",'calculate':'. + 1'"), "formdef.self", "fields[1].calculate"},
	    {F("'name':'b','type':'derived'," L ",'calculate':'${c}'},{'name':'c','type':'derived'," L ",'calculate':'${b}'"), "formdef.cycle", "fields[1]"},
	    {F("'name':'b','type':'int'," L ",'required':1"), "formdef.not_expr", "fields[1].required"},
	    {F("'name':'b','type':'int'," L ",'required':'${a} >'"), "expr.operand", "fields[1].required"},
	    {F("'name':'b','type':'int'," L ",'relevant':'${zz} = 1'"), "formdef.unknown_name", "fields[1].relevant"},
	    {F("'name':'b','type':'int'," L ",'relevant':'. = 1'"), "formdef.self", "fields[1].relevant"},
	    {F("'name':'b','type':'int'," L ",'constraint':'1 / 2'"), "expr.slash", "fields[1].constraint"},
	    {F("'name':'b','type':'int'," L ",'constraint_msg':{'vi':'a','en':'b'}"), "formdef.missing", "fields[1].constraint"},
	    {F("'name':'b','type':'int'," L ",'warn':[{'if':'1','vi':'a'}]"), "formdef.missing", "fields[1].warn[0].en"},
	    {F("'name':'b','type':'int'," L ",'warn':[{'if':'${q}','vi':'a','en':'b'}]"), "formdef.unknown_name", "fields[1].warn[0].if"},
	    {F("'name':'b','type':'int'," L ",'default':true"), "formdef.default", "fields[1].default"},
	    {F("'name':'b','type':'bool'," L ",'default':1"), "formdef.default", "fields[1].default"},
	    {F("'name':'b','type':'text'," L ",'default':null"), "formdef.default", "fields[1].default"},
	    {F("'name':'b','type':'choice'," L ",'list':'l','default':'w'"), "expr.word", "fields[1].default"},
	    {F("'name':'b','type':'choices'," L ",'list':'l','default':['w']"), "formdef.default", "fields[1].default"},
	    {F("'name':'b','type':'text'," L ",'default':'xin chào'"), "expr.word", "fields[1].default"},
	};

	(void)state;
	refuse_all(rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_bad_place(void **state)
{
	struct err e;

	(void)state;
	assert_null(parse(F("'name':'b','type':'int'," L ",'relevant':'1 = 1 and ${zz} = 1'"), &e, RC_INPUT));
	assert_string_equal(err_arg(&e, "name"), "zz");
	assert_string_equal(err_arg(&e, "col"), "11");
	assert_null(parse(F("'name':'b','type':'int'," L ",'relevant':'1 = floor(2)'"), &e, RC_INPUT));
	assert_string_equal(e.key, "expr.function");
	assert_string_equal(err_arg(&e, "col"), "5");
	assert_string_equal(err_arg(&e, "near"), "floor");
	assert_string_equal(err_arg(&e, "at"), "fields[1].relevant");
	assert_null(parse("{'form':'x','form':'y'}", &e, RC_REFUSED));
	assert_string_equal(e.key, "json.duplicate");
	assert_null(parse("{", &e, RC_REFUSED));
}

static void test_kind_names(void **state)
{
	static const char *const bad[] = {"", "/", "asset/", "asset/1", "asset/01", "asset/10000", "Asset",
					  "1a", "a-b", "asset/2/3", "a23456789012345678901234567890123"};
	char name[FORM_NAME_LEN], kind[FORM_KIND_LEN];
	unsigned version = 77;

	(void)state;
	assert_true(form_kind_split(span_str("asset"), name, &version));
	assert_string_equal(name, "asset");
	assert_int_equal(version, 1);
	assert_true(form_kind_split(span_str("a2345678901234567890123456789012/9999"), name, &version));
	assert_int_equal(version, 9999);
	form_kind_join(name, version, kind);
	assert_string_equal(kind, "a2345678901234567890123456789012/9999");
	form_kind_join("asset", 1, kind);
	assert_string_equal(kind, "asset");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (form_kind_split(span_str(bad[i]), name, &version))
			fail_msg("%s is no kind", bad[i]);
}

/* ---- the set ---- */

static enum rc load(struct form_set *s, unsigned version, const char *label,
		    enum form_state state, struct err *e)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"form\":\"x\",\"version\":%u,\"scope\":\"*\",\"class\":\"check\","
		 "\"label\":{\"vi\":\"%s\",\"en\":\"X\"},\"title\":[\"a\"],\"fields\":[{\"name\":\"a\","
		 "\"type\":\"int\",\"label\":{\"vi\":\"A\",\"en\":\"A\"}}]}",
		 version, label);
	return form_set_load(s, span_str(text), state, e);
}

static void test_set(void **state)
{
	struct form_set *s = NULL;
	const struct form *first;
	enum form_state is;
	struct err e;

	(void)state;
	assert_int_equal(form_set_new(&s, &e), RC_OK);
	assert_null(form_set_newest(s, "x"));
	assert_int_equal(load(s, 2, "Hai", FORM_PUBLISHED, &e), RC_OK);
	first = form_set_get(s, "x", 2);
	for (unsigned v = 40; v > 2; v--)
		assert_int_equal(load(s, v, "Khác", FORM_CLOSED, &e), RC_OK);
	assert_int_equal(load(s, 1, "Một", FORM_PUBLISHED, &e), RC_OK);
	assert_ptr_equal(form_set_get(s, "x", 2), first); /* pointers stay good */
	assert_int_equal(form_set_newest(s, "x")->version, 40);
	assert_int_equal(form_set_open(s, "x")->version, 2);
	assert_int_equal(form_set_kind(s, "x")->version, 1);
	assert_int_equal(form_set_kind(s, "x/7")->version, 7);
	assert_null(form_set_kind(s, "x/41"));
	assert_null(form_set_kind(s, "x/"));
	assert_null(form_set_get(s, "y", 1));
	assert_int_equal(form_set_at(s, 0, &is)->version, 1);
	assert_int_equal(is, FORM_PUBLISHED);
	assert_int_equal(form_set_at(s, 39, &is)->version, 40);
	assert_int_equal(is, FORM_CLOSED);
	assert_null(form_set_at(s, 40, NULL));
	/* again with the same bytes: only the state */
	assert_int_equal(load(s, 2, "Hai", FORM_CLOSED, &e), RC_OK);
	assert_ptr_equal(form_set_get(s, "x", 2), first);
	assert_int_equal(form_set_open(s, "x")->version, 1);
	/* other bytes under a version that is there */
	assert_int_equal(load(s, 2, "Hai!", FORM_PUBLISHED, &e), RC_EXISTS);
	assert_string_equal(form_set_get(s, "x", 2)->label.vi, "Hai");
	assert_int_equal(form_set_state(s, "x", 1, FORM_CLOSED, &e), RC_OK);
	assert_null(form_set_open(s, "x"));
	assert_int_equal(form_set_state(s, "x", 99, FORM_CLOSED, &e), RC_NOTFOUND);
	form_set_free(s);
	form_set_free(NULL);
}

static void test_between(void **state)
{
	static const struct {
		const char *text, *at, *name;
	} rows[] = {
	    {HEAD ONE ",'children':[{'kind':'nothing'}]}", "children", "nothing"},
	    {HEAD "'title':['a'],'fields':[{'name':'a','type':'ref'," L ",'of':'nothing'}]}", "a", "nothing"},
	    {HEAD "'title':['a'],'parent':{'field':'a','kinds':['asset','nothing']},'fields':[{'name':'a','type':'ref'," L ",'of':'asset'}]}", "parent", "nothing"},
	    {HEAD ONE ",'children':[{'kind':'asset'}],'rules':[{'warn':'sum(${asset.nothing})','vi':'a','en':'b'}]}", "rules", "asset.nothing"},
	    {HEAD "'title':['a'],'parent':{'field':'a','kinds':['asset']},'fields':[{'name':'a','type':'ref'," L ",'of':'asset','required':'${parent.nothing}'}]}", "a", "parent.nothing"},
	    /* a derived field of the parent is not in the parent's record */
	    {HEAD "'title':['a'],'parent':{'field':'a','kinds':['asset']},'fields':[{'name':'a','type':'ref'," L ",'of':'asset','required':'${parent.original_cost}'}]}", "a", "parent.original_cost"},
	};
	struct form_set *s = NULL;
	struct err e;

	(void)state;
	assert_int_equal(form_set_new(&s, &e), RC_OK);
	assert_int_equal(form_set_builtin(s, &e), RC_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct form *f = parse(rows[i].text, &e, RC_OK);

		assert_int_equal(form_set_check(s, f, &e), RC_INPUT);
		assert_string_equal(e.key, "form.between");
		assert_string_equal(err_arg(&e, "form"), "x");
		assert_string_equal(err_arg(&e, "at"), rows[i].at);
		assert_string_equal(err_arg(&e, "name"), rows[i].name);
		form_free(f);
	}
	form_set_free(s);
}

/* ---- the built-in forms ---- */

static void test_builtin(void **state)
{
	static const char *const names[] = {
	    "access",	 "asset",	 "catalogue",	   "choice", "committee_member", "equipment_check", "equipment_line",
	    "facility",	 "facility_check", "inventory",	       "inventory_line",  "merger", "photo", "report",
	    "review",	 "schedule",	   "split", "task",	       "weekly_statement"};
	struct form_set *s = NULL;
	struct err e;
	size_t n = 0;

	(void)state;
	err_clear(&e);
	assert_int_equal(form_set_new(&s, &e), RC_OK);
	if (form_set_builtin(s, &e) != RC_OK)
		fail_msg("%s at %s: %s", e.key, err_arg(&e, "at"), err_arg(&e, "name"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (form_set_open(s, names[i]) == NULL)
			fail_msg("no form %s", names[i]);
	for (size_t i = 0; embed_at(i) != NULL; i++)
		n += strncmp(embed_at(i)->name, "forms/", 6) == 0;
	assert_null(form_set_at(s, n, NULL));
	assert_non_null(form_set_at(s, n - 1, NULL));
	assert_int_equal(form_set_builtin(s, &e), RC_OK); /* twice changes nothing */
	assert_null(form_set_at(s, n, NULL));
	form_set_free(s);
}

/* Any bytes near a real form: refused or read, nothing else. */
static void test_mutations(void **state)
{
	const struct embed_file *file = embed_find("forms/equipment_line.json");
	uint64_t rnd = 20261123;
	uint8_t *text;

	(void)state;
	assert_non_null(file);
	text = malloc(file->len);
	assert_non_null(text);
	for (int i = 0; i < 300; i++) {
		struct form *f = NULL;
		struct err e;
		enum rc rc;

		memcpy(text, file->data, file->len);
		for (int k = 0; k < 2; k++) {
			rnd = rnd * 6364136223846793005ULL + 1442695040888963407ULL;
			text[(rnd >> 33) % file->len] = (uint8_t)(" \"{}[],:$.aq1="[(rnd >> 20) % 14]);
		}
		err_clear(&e);
		rc = form_parse(span_of(text, file->len), &f, &e);
		assert_true(rc == RC_OK || rc == RC_INPUT || rc == RC_REFUSED || rc == RC_LIMIT);
		assert_true(rc == RC_OK || e.key[0] != '\0');
		form_free(f);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),     cmocka_unit_test(test_bad_form),
	    cmocka_unit_test(test_bad_field), cmocka_unit_test(test_bad_place),
	    cmocka_unit_test(test_kind_names), cmocka_unit_test(test_set),
	    cmocka_unit_test(test_between),   cmocka_unit_test(test_builtin),
	    cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
