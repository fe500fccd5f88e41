/*
 * op serve: the process that owns this PC's store: the loopback API and the clerk's page
 * (agent/web), and the background that nobody watches (agent/background). With --open or
 * --link, when it runs already, the running one is asked for a link.
 */
#include <string.h>

#include "agent/background.h"
#include "agent/ops.h"
#include "agent/page_file.h"
#include "agent/page_paper.h"
#include "lib/crypt.h"
#include "lib/num.h"
#include "lib/op_dispatch.h"
#include "lib/op_owner.h"

enum { TICK_MS = 1000, GRACE_MS = 5000, ROUTES = 8 };

static const struct op_arg args[] = {
    {.name = "port", .type = OP_INT, .help = "serve.arg.port", .min = 0, .max = 65535},
    {.name = "offline", .type = OP_BOOL, .help = "serve.arg.offline"},
    {.name = "open", .type = OP_BOOL, .help = "serve.arg.open"},
    {.name = "link", .type = OP_BOOL, .help = "serve.arg.link"},
};

static bool is_set(const struct json *in, const char *name)
{
	bool v = false;

	return json_get_bool(in, name, &v) && v;
}

/* The desktop's own way to open an address. False: there is none. */
static bool open_browser(const char *link)
{
	const char *argv[] = {"xdg-open", link, NULL};
	const struct os_spawn how = {.argv = argv, .outlives = true};
	struct os_proc *p = NULL;

	if (os_proc_start(&p, &how, NULL) != RC_OK)
		return false;
	os_proc_leave(p);
	return true;
}

/* Open the link, or print it: when it was asked for, and where no browser can be opened. */
static void show_link(const struct op_call *call, const struct json *in, const char *link)
{
	bool opened = is_set(in, "open") && open_browser(link);

	if (is_set(in, "link"))
		op_note(call, "serve.link", "url", link, NULL);
	else if (!opened)
		op_note(call, "serve.no_browser", "url", link, NULL);
}

/* Another process serves this store already. */
static enum rc ask_other(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct op_owner_file file = {0};
	struct buf link;
	enum rc rc = RC_OK;

	if (!is_set(in, "open") && !is_set(in, "link")) {
		(void)op_dispatch_owner_read(call->home, &file, NULL);
		crypt_wipe(file.token, sizeof(file.token));
		return err_num(reterr, RC_BUSY, NULL, "op.owned", "pid", file.pid);
	}
	buf_init(&link, PAGE_LINK);
	rc = op_dispatch_link(call->home, &link, reterr);
	if (rc == RC_OK)
		rc = buf_check(&link, reterr);
	if (rc == RC_OK) {
		show_link(call, in, (const char *)link.p);
		*ret = json_object();
		json_set_bool(*ret, "running", true);
	}
	buf_free(&link);
	return rc;
}

static enum rc show_own(const struct op_call *call, const struct json *in, struct op_owner *owner,
			struct err *reterr)
{
	char link[PAGE_LINK];
	enum rc rc = RC_OK;

	op_note(call, "serve.address", "url", op_owner_url(owner), NULL);
	if (!is_set(in, "open") && !is_set(in, "link"))
		return RC_OK;
	rc = op_owner_link(owner, link, reterr);
	if (rc == RC_OK)
		show_link(call, in, link);
	crypt_wipe(link, sizeof(link));
	return rc;
}

static enum rc serve_until_stopped(struct op_owner *owner, struct agent *agent, bool offline,
				   struct err *reterr)
{
	const struct op_call call = op_owner_call(owner);
	struct background *b = NULL;
	enum rc rc = RC_OK;

	if (!offline)
		rc = background_start(&b, agent, &call, reterr);
	while (rc == RC_OK && !os_stopping())
		os_sleep_ms(TICK_MS);
	background_join(b);
	return rc;
}

/* What else the page may ask for; room for ROUTES. */
static size_t take_routes(struct httpd_route routes[ROUTES])
{
	size_t nfile, npaper;
	const struct httpd_route *file = page_file_routes(&nfile),
				 *paper = page_paper_routes(&npaper);

	memcpy(routes, file, nfile * sizeof(*file));
	memcpy(routes + nfile, paper, npaper * sizeof(*paper));
	return nfile + npaper;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct op_owner_conf conf = {.program = call->program,
				     .home = call->home,
				     .app = call->app,
				     .pages = "agent"};
	struct httpd_route routes[ROUTES]; /* op_owner copies them */
	struct op_owner *owner = NULL;
	int64_t port = 0;
	enum rc rc;

	if (!call->app)
		return ask_other(call, in, ret, reterr);
	conf.route = routes;
	conf.nroute = take_routes(routes);
	json_get_int(in, "port", &port);
	conf.port = (uint16_t)port;
	os_memory_resting();
	rc = os_on_stop(reterr);
	if (rc == RC_OK)
		rc = agent_sweep(call->app, reterr);
	if (rc == RC_OK)
		rc = op_owner_start(&owner, &conf, reterr);
	if (rc != RC_OK)
		return rc;
	rc = show_own(call, in, owner, reterr);
	if (rc == RC_OK)
		rc = serve_until_stopped(owner, call->app, is_set(in, "offline"), reterr);
	op_owner_stop(owner, GRACE_MS);
	if (rc == RC_OK)
		*ret = json_object();
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	if (is_set(out, "running"))
		return; /* all was said by the note */
	buf_add_str(text, lang_text(lang, "serve.stopped"));
	buf_add_char(text, '\n');
}

const struct op op_serve = {"serve",
			    "serve.summary",
			    OP_WRITE | OP_NET | OP_CREATE | OP_LOCAL | OP_OWNED,
			    args,
			    4,
			    run,
			    print,
			    NULL};
