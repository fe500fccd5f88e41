/*
 * os_net_test: an address that comes or goes is noticed once; nothing is noticed when nothing
 * changes; what the network manager says of the line. The changes are made in a network of the
 * test's own, which a system may forbid: then that part is skipped.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/os.h"

enum { NOT_ALLOWED = 77, WRONG = 1 };

static int set_up(int fd, short flags)
{
	struct ifreq r = {0};

	memcpy(r.ifr_name, "lo", 3);
	r.ifr_flags = flags;
	return ioctl(fd, SIOCSIFFLAGS, &r);
}

static int set_address(int fd, const char *text)
{
	struct ifreq r = {0};
	struct sockaddr_in *to = (void *)&r.ifr_addr;

	memcpy(r.ifr_name, "lo:1", 5);
	to->sin_family = AF_INET;
	inet_pton(AF_INET, text, &to->sin_addr);
	return ioctl(fd, SIOCSIFADDR, &r);
}

/* Each step and whether it is a change: counted, not timed. The kernel tells before ioctl returns. */
static int in_own_network(void)
{
	struct os_net *n = NULL;
	int fd, wrong = 0;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return NOT_ALLOWED;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || os_net_watch(&n, NULL) != RC_OK)
		return NOT_ALLOWED;
	wrong += os_net_changed(n);
	wrong += set_up(fd, IFF_UP | IFF_RUNNING) != 0;
	wrong += !os_net_changed(n);
	wrong += os_net_changed(n);
	wrong += set_address(fd, "10.1.2.3") != 0;
	wrong += !os_net_changed(n);
	wrong += set_address(fd, "10.1.2.3") != 0; /* the same again: announced, and no change */
	wrong += os_net_changed(n);
	wrong += set_up(fd, 0) != 0;
	wrong += !os_net_changed(n);
	os_net_free(n);
	close(fd);
	return wrong == 0 ? 0 : WRONG;
}

static void changes_are_noticed_once(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(in_own_network());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_ALLOWED)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void nothing_changes_by_looking(void **state)
{
	struct os_net *n = NULL;

	(void)state;
	assert_int_equal(os_net_watch(&n, NULL), RC_OK);
	assert_false(os_net_changed(n));
	os_net_free(n);
	os_net_free(NULL);
}

/* A busctl of our own in PATH says what NetworkManager would. */
static void says(const char *dir, const char *script)
{
	char *path = NULL;

	assert_int_equal(os_path_join(&path, dir, "busctl", NULL), RC_OK);
	assert_int_equal(os_file_write(path, span_str(script), OS_REPLACE, NULL), RC_OK);
	assert_int_equal(chmod(path, 0700), 0);
	free(path);
}

static void the_network_manager_is_believed(void **state)
{
	char *dir = NULL, *old = strdup(getenv("PATH"));

	(void)state;
	assert_int_equal(os_dir_temp(&dir, "kk-net-", NULL), RC_OK);
	assert_int_equal(setenv("PATH", dir, 1), 0);
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere", 1), 0);
	assert_false(os_net_metered()); /* no busctl at all */
	says(dir, "#!/bin/sh\necho u 1\n");
	assert_true(os_net_metered());
	says(dir, "#!/bin/sh\necho u 3\n");
	assert_true(os_net_metered());
	says(dir, "#!/bin/sh\necho u 2\n");
	assert_false(os_net_metered());
	says(dir, "#!/bin/sh\necho u 0\n");
	assert_false(os_net_metered());
	says(dir, "#!/bin/sh\necho u 1\nexit 1\n"); /* failed */
	assert_false(os_net_metered());
	says(dir, "#!/bin/sh\necho 'Call failed: no such name' >&2\nexit 1\n");
	assert_false(os_net_metered());
	says(dir, "#!/bin/sh\nwhile :; do echo u 1; done\n"); /* more than an answer */
	assert_false(os_net_metered());
	if (access("/run/dbus/system_bus_socket", F_OK) != 0) { /* no bus at all: nobody is asked */
		says(dir, "#!/bin/sh\necho u 1\n");
		assert_int_equal(unsetenv("DBUS_SYSTEM_BUS_ADDRESS"), 0);
		assert_false(os_net_metered());
	}
	assert_int_equal(setenv("PATH", old, 1), 0);
	assert_int_equal(os_dir_remove(dir, NULL), RC_OK);
	free(dir);
	free(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_changes_by_looking),
	    cmocka_unit_test(changes_are_noticed_once),
	    cmocka_unit_test(the_network_manager_is_believed),
	};

	os_init(NULL, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
