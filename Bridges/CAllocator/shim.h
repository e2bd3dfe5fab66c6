#ifndef TWINROUTE_CALLOCATOR_SHIM_H
#define TWINROUTE_CALLOCATOR_SHIM_H

#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

/* At most `count` heaps for all threads; 0 where the allocator has no such setting. */
static inline int twinroute_limit_heaps(int count) {
#if defined(__GLIBC__)
    return mallopt(M_ARENA_MAX, count);
#else
    (void)count;
    return 0;
#endif
}

#endif
