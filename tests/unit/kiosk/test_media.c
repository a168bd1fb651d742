/* Removable media (NCA-9.dom): what is read of them, what is written, and how they are mounted. Whoever made a medium
 * may have put anything on it. */
#include "media.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], root[128];

static const char *at(const char *name)
{
	static char path[4][300];
	static unsigned i;
	char *p = path[i++ % 4];
	snprintf(p, sizeof path[0], "%s/%s", root, name);
	return p;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void put_long(const char *name, size_t n)
{
	FILE *f = fopen(at(name), "w");
	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		fputc('x', f);
	assert_int_equal(fclose(f), 0);
}

static int run(const char *command)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/tamga-media-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(root, sizeof root, "%s/stick", dir);
	assert_int_equal(mkdir(root, 0755), 0);
	return 0;
}

static int tear_down(void **state)
{
	char command[200];
	(void)state;
	(void)umount2(root, MNT_DETACH);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return run(command);
}

/* ---- what is found ---- */

static void test_candidates_by_name_and_depth(void **state)
{
	static const char *const want[] = {"B.CSR", "a.pem", "one/two/deep.txt", "one/x.req", "z.p10"};
	struct kiosk_medium_list list;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(mkdir(at("one"), 0755), 0);
	assert_int_equal(mkdir(at("one/two"), 0755), 0);
	assert_int_equal(mkdir(at("one/two/three"), 0755), 0);
	put("z.p10", "1");
	put("a.pem", "1");
	put("B.CSR", "1");
	put("one/x.req", "1");
	put("one/two/deep.txt", "1");
	put("one/two/three/too-deep.csr", "1");
	put("autorun.inf", "1");
	put("run.sh", "1");
	put("csr", "1");
	put(".csr", "1");
	put(".hidden.csr", "1");
	assert_int_equal(kiosk_medium_scan(root, &list, &err), TG_OK);
	assert_int_equal(list.n, 5);
	assert_false(list.more);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(list.paths[i], want[i]);
}

static void test_links_pipes_and_folders_are_no_files(void **state)
{
	struct kiosk_medium_list list;
	struct tg_error err = {0};
	struct tg_buf b = TG_BUF_INIT;
	(void)state;
	assert_int_equal(symlink("/etc/passwd", at("secret.csr")), 0);
	assert_int_equal(symlink("/etc", at("etc")), 0);
	assert_int_equal(mkfifo(at("pipe.csr"), 0644), 0);
	assert_int_equal(mkdir(at("folder.csr"), 0755), 0);
	assert_int_equal(symlink(".", at("again")), 0);
	assert_int_equal(kiosk_medium_scan(root, &list, &err), TG_OK);
	assert_int_equal(list.n, 0);
	/* nor when they are put there between looking and reading */
	assert_int_equal(kiosk_medium_read(root, "secret.csr", &b, &err), TG_MEDIUM_READ);
	assert_int_equal(kiosk_medium_read(root, "etc/passwd", &b, &err), TG_MEDIUM_READ);
	assert_int_equal(kiosk_medium_read(root, "pipe.csr", &b, &err), TG_MEDIUM_READ);
	assert_int_equal(kiosk_medium_read(root, "folder.csr", &b, &err), TG_MEDIUM_READ);
	assert_int_equal(kiosk_medium_read(root, "gone.csr", &b, &err), TG_MEDIUM_READ);
	assert_int_equal(b.len, 0);
}

static void test_at_most_twenty_the_first_by_name(void **state)
{
	struct kiosk_medium_list list;
	struct tg_error err = {0};
	char name[32];
	(void)state;
	for (int i = 40; i > 0; i--) {
		snprintf(name, sizeof name, "f%02d.csr", i);
		put(name, "1");
	}
	assert_int_equal(kiosk_medium_scan(root, &list, &err), TG_OK);
	assert_int_equal(list.n, 20);
	assert_true(list.more);
	assert_string_equal(list.paths[0], "f01.csr");
	assert_string_equal(list.paths[19], "f20.csr");
}

static void test_sixteen_kib_and_no_more(void **state)
{
	struct tg_error err = {0};
	struct tg_buf b = TG_BUF_INIT;
	(void)state;
	put_long("fits.csr", 16384);
	put_long("long.csr", 16385);
	assert_int_equal(kiosk_medium_read(root, "fits.csr", &b, &err), TG_OK);
	assert_int_equal(b.len, 16384);
	tg_buf_reset(&b);
	assert_int_equal(kiosk_medium_read(root, "long.csr", &b, &err), TG_MEDIUM_READ);
	tg_buf_finish(&b);
}

/* ---- what is written ---- */

static const struct tg_bytes bytes = {(const uint8_t *)"certificate", 11};

static void must_hold(const char *name, const char *text)
{
	char have[64] = "";
	FILE *f = fopen(at(name), "r");
	assert_non_null(f);
	assert_non_null(fgets(have, sizeof have, f));
	assert_int_equal(fclose(f), 0);
	assert_string_equal(have, text);
}

static void test_nothing_that_lies_there_is_touched(void **state)
{
	struct tg_error err = {0};
	char name[80];
	(void)state;
	put("K1.pem", "mine");
	assert_int_equal(symlink("victim", at("K1-2.pem")), 0);
	assert_int_equal(kiosk_medium_write(root, "K1", ".pem", bytes, name, &err), TG_OK);
	assert_string_equal(name, "K1-3.pem");
	must_hold("K1.pem", "mine");
	must_hold("K1-3.pem", "certificate");
	assert_int_not_equal(access(at("victim"), F_OK), 0);
	/* once more, as after a crash before it was recorded: the same file */
	assert_int_equal(kiosk_medium_write(root, "K1", ".pem", bytes, name, &err), TG_OK);
	assert_string_equal(name, "K1-3.pem");
}

static void test_gone_protected_or_full(void **state)
{
	struct tg_error err = {0};
	char name[80];
	(void)state;
	assert_int_equal(kiosk_medium_write("/nonexistent", "K1", ".pem", bytes, name, &err), TG_MEDIUM_WRITE);
	if (mount("none", root, "tmpfs", MS_NOSUID, "size=8k,nr_inodes=4"))
		skip(); /* not root: nothing can be mounted */
	put_long("other.bin", 8192);
	assert_int_equal(kiosk_medium_write(root, "K1", ".pem", bytes, name, &err), TG_MEDIUM_WRITE);
	assert_int_not_equal(access(at("K1.pem"), F_OK), 0); /* no half of a file */
	assert_int_equal(unlink(at("other.bin")), 0);
	assert_int_equal(mount("none", root, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(kiosk_medium_write(root, "K1", ".pem", bytes, name, &err), TG_MEDIUM_WRITE);
	assert_int_equal(mount("none", root, NULL, MS_REMOUNT, "size=8k"), 0);
	assert_int_equal(kiosk_medium_write(root, "K1", ".pem", bytes, name, &err), TG_OK);
}

/* ---- how they are mounted ---- */

static void test_settings(void **state)
{
	struct kiosk_media m;
	struct tg_error err = {0};
	(void)state;
	assert_int_equal(kiosk_media_init(&m, "udisks", NULL, NULL, &err), TG_OK);
	assert_string_equal(m.helper, "/usr/bin/udisksctl");
	assert_int_equal(kiosk_media_init(&m, "dir:/media", NULL, NULL, &err), TG_OK);
	assert_int_equal(kiosk_media_init(&m, "dir:media", NULL, NULL, &err), TG_CONFIG);
	assert_int_equal(kiosk_media_init(&m, "", NULL, NULL, &err), TG_CONFIG);
}

static void test_one_medium_not_none_not_two(void **state)
{
	struct kiosk_media m;
	struct kiosk_medium one;
	struct tg_error err = {0};
	char setting[100], second[100];
	(void)state;
	snprintf(setting, sizeof setting, "dir:%s", dir);
	assert_int_equal(kiosk_media_init(&m, setting, NULL, NULL, &err), TG_OK);
	assert_int_equal(m.open(&m, false, &one, &err), TG_OK);
	assert_string_equal(one.path, root);
	snprintf(second, sizeof second, "%s/second", dir);
	assert_int_equal(mkdir(second, 0755), 0);
	assert_int_equal(m.open(&m, false, &one, &err), TG_MEDIUM_NONE);
	assert_int_equal(rmdir(second), 0);
	assert_int_equal(rmdir(root), 0);
	assert_int_equal(m.open(&m, false, &one, &err), TG_MEDIUM_NONE);
}

/* A stand-in for udisksctl with its words: notes its arguments, and mounts what a real one would. */
static void write_helper(char path[128], const char *mounts)
{
	snprintf(path, 128, "%s/udisksctl", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
	        "#!/bin/sh\necho \"$*\" >>%s/calls\n"
	        "case $1 in\nmount) %s && echo \"Mounted $4 at %s\" ;;\nunmount) umount %s ;;\nesac\n",
	        dir, mounts, root, root);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static void add_disk(const char *disk, const char *removable, const char *size, const char *partition)
{
	char command[700];
	snprintf(command, sizeof command,
	        "mkdir -p %s/sys/block/%s && echo %s >%s/sys/block/%s/removable && echo %s >%s/sys/block/%s/size", dir,
	        disk, removable, dir, disk, size, dir, disk);
	assert_int_equal(run(command), 0);
	if (!partition)
		return;
	snprintf(command, sizeof command, "mkdir -p %s/sys/block/%s/%s && echo 1 >%s/sys/block/%s/%s/partition", dir,
	        disk, partition, dir, disk, partition);
	assert_int_equal(run(command), 0);
}

static bool called(const char *line)
{
	char command[400];
	snprintf(command, sizeof command, "grep -qxF -e '%s' %s/calls", line, dir);
	return run(command) == 0;
}

static bool may_mount(void)
{
	bool may = mount("none", root, "tmpfs", 0, "size=8k") == 0;
	if (may)
		assert_int_equal(umount(root), 0);
	return may;
}

static void test_udisks_mounts_for_reading_and_runs_nothing(void **state)
{
	struct kiosk_media m;
	struct kiosk_medium medium;
	struct tg_error err = {0};
	struct statvfs fs;
	char helper[128], sys[100];
	(void)state;
	if (!may_mount())
		skip();
	snprintf(sys, sizeof sys, "%s/sys", dir);
	write_helper(helper, "mount -t tmpfs -o \"$6\" none $(dirname $0)/stick");
	add_disk("sda", "0", "1000", "sda1"); /* the kiosk's own disk */
	add_disk("sr0", "1", "0", NULL);      /* a drive without a disc */
	add_disk("sdb", "1", "1000", "sdb1");
	assert_int_equal(kiosk_media_init(&m, "udisks", helper, sys, &err), TG_OK);
	assert_int_equal(m.open(&m, false, &medium, &err), TG_OK);
	assert_string_equal(medium.volume, "/dev/sdb1");
	assert_string_equal(medium.path, root);
	assert_true(called("mount --no-user-interaction -b /dev/sdb1 -o ro,nosuid,nodev,noexec"));
	assert_int_equal(statvfs(root, &fs), 0);
	assert_int_equal(fs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC),
	        ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
	m.close(&m, &medium);
	assert_true(called("unmount --no-user-interaction -b /dev/sdb1"));
	assert_int_equal(m.open(&m, true, &medium, &err), TG_OK);
	assert_true(called("mount --no-user-interaction -b /dev/sdb1 -o rw,nosuid,nodev,noexec"));
	m.close(&m, &medium);
	add_disk("sdc", "1", "1000", NULL); /* a second one */
	assert_int_equal(m.open(&m, false, &medium, &err), TG_MEDIUM_NONE);
}

static void test_udisks_that_does_otherwise_is_not_believed(void **state)
{
	struct kiosk_media m;
	struct kiosk_medium medium;
	struct tg_error err = {0};
	char helper[128], sys[100];
	(void)state;
	if (!may_mount())
		skip();
	snprintf(sys, sizeof sys, "%s/sys", dir);
	add_disk("sdb", "1", "1000", "sdb1");
	write_helper(helper, "mount -t tmpfs -o nosuid none $(dirname $0)/stick"); /* writable, and programs run */
	assert_int_equal(kiosk_media_init(&m, "udisks", helper, sys, &err), TG_OK);
	assert_int_equal(m.open(&m, false, &medium, &err), TG_MEDIUM_READ);
	assert_int_equal(m.open(&m, true, &medium, &err), TG_MEDIUM_WRITE);
	write_helper(helper, "false");
	assert_int_equal(m.open(&m, false, &medium, &err), TG_MEDIUM_READ);
	assert_int_equal(kiosk_media_init(&m, "udisks", "/nonexistent/udisksctl", sys, &err), TG_OK);
	assert_int_equal(m.open(&m, false, &medium, &err), TG_MEDIUM_READ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_candidates_by_name_and_depth, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_links_pipes_and_folders_are_no_files, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_at_most_twenty_the_first_by_name, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_sixteen_kib_and_no_more, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_nothing_that_lies_there_is_touched, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_gone_protected_or_full, set_up, tear_down),
	        cmocka_unit_test(test_settings),
	        cmocka_unit_test_setup_teardown(test_one_medium_not_none_not_two, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_udisks_mounts_for_reading_and_runs_nothing, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_udisks_that_does_otherwise_is_not_believed, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
