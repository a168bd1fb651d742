/* Without a fuzzer: every file of the folders named, and each with every byte changed and every cut. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t runs;

static void run(const uint8_t *data, size_t n)
{
	LLVMFuzzerTestOneInput(data, n);
	runs++;
}

static void run_variants(uint8_t *data, size_t n)
{
	static const uint8_t changes[] = {0x01, 0x80, 0xff};
	run(data, n);
	for (size_t i = 0; i < n; i++) {
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
	uint8_t data[4096];
	FILE *f = fopen(path, "rb");
	if (!f)
		return -1;
	size_t n = fread(data, 1, sizeof data, f);
	fclose(f);
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
	for (int i = 1; i < argc; i++) {
		if (run_folder(argv[i]) != 0) {
			fprintf(stderr, "cannot read %s\n", argv[i]);
			return 1;
		}
	}
	printf("%zu inputs\n", runs);
	return runs > 100 ? 0 : 1; /* an empty corpus proves nothing */
}
