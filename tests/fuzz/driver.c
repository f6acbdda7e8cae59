// Gives a fuzz target each file of a folder once: the ordinary run's replay of a corpus. Fails if
// the folder cannot be read or holds nothing, so that a lost corpus is noticed.
#include "fuzz.h"
#include <dirent.h>
#include <sys/stat.h>

// The input has a heap block of exactly its size, so that AddressSanitizer sees the octet behind.
static bool replay(const char *path) {
    struct stat info;
    FILE *file = fopen(path, "rbe");
    if (!file || fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode)) {
        fprintf(stderr, "%s: not a readable file\n", path);
        if (file) {
            fclose(file);
        }
        return false;
    }
    const size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size ? size : 1);
    const bool is_read = data && fread(data, 1, size, file) == size;
    fclose(file);
    if (is_read) {
        fprintf(stderr, "%s\n", path);
        LLVMFuzzerTestOneInput(data, size);
    }
    free(data);
    return is_read;
}

static bool replay_folder(const char *folder, size_t *out_count) {
    DIR *dir = opendir(folder);
    if (!dir) {
        perror(folder);
        return false;
    }
    bool is_ok = true;
    for (struct dirent *entry; is_ok && (entry = readdir(dir));) {
        char path[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        const int len = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        is_ok = len > 0 && (size_t)len < sizeof path && replay(path);
        *out_count += 1;
    }
    closedir(dir);
    return is_ok;
}

int main(int argc, char **argv) {
    size_t count = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: %s <folder>\n", argv[0]);
        return 2;
    }
    if (!replay_folder(argv[1], &count) || count == 0) {
        fprintf(stderr, "%s: the corpus is empty or cannot be read\n", argv[1]);
        return 1;
    }
    return 0;
}
