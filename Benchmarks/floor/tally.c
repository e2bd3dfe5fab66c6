#include "tally.h"

#include <stdlib.h>
#include <string.h>

struct tally_device {
    uint8_t *seen;  // one bit a number
    size_t capacity_bits;
    uint32_t highest;
};

static void *grow(void *old, size_t old_bytes, size_t new_bytes) {
    uint8_t *bytes = realloc(old, new_bytes);
    if (bytes == NULL) {
        perror("realloc");
        exit(1);
    }
    memset(bytes + old_bytes, 0, new_bytes - old_bytes);
    return bytes;
}

static struct tally_device *device_at(struct tally *tally, uint32_t index) {
    if (index >= tally->device_count) {
        size_t count = tally->device_count ? tally->device_count : 64;
        while (count <= index) count *= 2;
        tally->devices = grow(tally->devices, tally->device_count * sizeof *tally->devices,
                              count * sizeof *tally->devices);
        tally->device_count = count;
    }
    return &tally->devices[index];
}

enum tally_result tally_add(struct tally *tally, uint32_t device, uint32_t number) {
    if (device >= TALLY_DEVICES_MAX || number >= TALLY_NUMBER_MAX) return TALLY_REFUSED;
    struct tally_device *d = device_at(tally, device);
    if (number >= d->capacity_bits) {
        size_t bits = d->capacity_bits ? d->capacity_bits : 1024;
        while (bits <= number) bits *= 2;
        d->seen = grow(d->seen, d->capacity_bits / 8, bits / 8);
        d->capacity_bits = bits;
    }
    uint8_t mask = (uint8_t)(1u << (number % 8));
    if (d->seen[number / 8] & mask) {
        tally->duplicates++;
        return TALLY_AGAIN;
    }
    d->seen[number / 8] |= mask;
    tally->unique++;
    if (number < d->highest) {
        tally->late++;
        return TALLY_LATE;
    }
    d->highest = number;
    return TALLY_FIRST;
}

static bool is_seen(const struct tally_device *d, size_t number) {
    return number < d->capacity_bits && (d->seen[number / 8] & (1u << (number % 8)));
}

static void write_device(FILE *file, size_t index, const struct tally_device *d) {
    fprintf(file, "d%zu", index);
    char separator = ' ';
    for (size_t from = 0; from <= d->highest; from++) {
        if (!is_seen(d, from)) continue;
        size_t to = from;
        while (is_seen(d, to + 1)) to++;
        fprintf(file, "%c%zu-%zu", separator, from, to);
        separator = ',';
        from = to;
    }
    fputc('\n', file);
}

bool tally_write(const struct tally *tally, const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return false;
    }
    for (size_t i = 0; i < tally->device_count; i++) {
        if (tally->devices[i].seen != NULL) write_device(file, i, &tally->devices[i]);
    }
    return fclose(file) == 0;
}

void tally_free(struct tally *tally) {
    for (size_t i = 0; i < tally->device_count; i++) free(tally->devices[i].seen);
    free(tally->devices);
    memset(tally, 0, sizeof *tally);
}
