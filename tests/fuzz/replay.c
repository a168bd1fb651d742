/* Without a fuzzer: every file of the folders named, each cut and each with a byte changed, at every STEP-th byte.
 *   fuzz_x [--step N] FOLDER… */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t runs, step = 1;

/* A copy of its own, no byte longer: so the address sanitizer sees a read past the end. */
static void run(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	if (!copy)
		abort();
	memcpy(copy, data, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	runs++;
}

static void run_variants(uint8_t *data, size_t n)
{
	static const uint8_t changes[] = {0x01, 0x80, 0xff};
	run(data, n);
	for (size_t i = 0; i < n; i += step) {
		run(data, i);
		for (size_t k = 0; k < sizeof changes; k++) {
			data[i] ^= changes[k];
			run(data, n);
			data[i] ^= changes[k];
		}
	}
}

static int run_file(const char *path)
{
	static uint8_t data[LONGEST];
	FILE *f = fopen(path, "rbe");
	if (!f)
		return -1;
	size_t n = fread(data, 1, sizeof data, f);
	(void)fclose(f);
	run_variants(data, n);
	return 0;
}

static int run_folder(const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort), failed = 0;
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && run_file(path) != 0)
			failed++;
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return n < 0 ? -1 : failed;
}

int main(int argc, char **argv)
{
	int first = 1;
	if (argc > 2 && strcmp(argv[1], "--step") == 0) {
		step = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	for (int i = first; i < argc; i++) {
		if (step == 0 || run_folder(argv[i]) != 0) {
			fprintf(stderr, "cannot read %s\n", argv[i]);
			return 1;
		}
	}
	printf("%zu inputs\n", runs);
	return runs > 100 ? 0 : 1; /* an empty corpus proves nothing */
}
