// Which numbers of which device were seen: the bookkeeping that publisher and receiver share, so
// that the two can be compared number by number afterwards.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TALLY_DEVICES_MAX = 100000, TALLY_NUMBER_MAX = 1 << 28 };

enum tally_result {
    TALLY_FIRST,    // not seen before, and above everything seen of this device
    TALLY_LATE,     // not seen before, but a higher number of this device came earlier
    TALLY_AGAIN,    // a duplicate
    TALLY_REFUSED,  // a device or a number beyond the limits above
};

struct tally {
    struct tally_device *devices;
    size_t device_count;
    uint64_t unique;
    uint64_t duplicates;
    uint64_t late;
};

enum tally_result tally_add(struct tally *tally, uint32_t device, uint32_t number);

// One line a device: "d17 1-4000,4002-9000". Returns false when the file could not be written.
bool tally_write(const struct tally *tally, const char *path);

void tally_free(struct tally *tally);
