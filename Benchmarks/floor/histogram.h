// Latencies in microseconds, in buckets an eighth of an octave wide.
#pragma once

#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 512 };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
};

static inline unsigned histogram_bucket(uint64_t us) {
    if (us < 8) return (unsigned)us;
    unsigned octave = 63u - (unsigned)__builtin_clzll(us);
    return octave * 8u + (unsigned)((us >> (octave - 3)) & 7u);
}

static inline void histogram_add(struct histogram *h, uint64_t us) {
    h->counts[histogram_bucket(us)]++;
    h->total++;
}

// Lower edge of the bucket that holds the given share of all values.
static inline uint64_t histogram_quantile(const struct histogram *h, double share) {
    uint64_t wanted = (uint64_t)((double)h->total * share), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen > wanted) return i < 24 ? i : (8ull + i % 8) << (i / 8 - 3);
    }
    return 0;
}
