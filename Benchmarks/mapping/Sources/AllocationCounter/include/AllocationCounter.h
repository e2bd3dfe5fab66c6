#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/* Calls of malloc, calloc, realloc and aligned allocation so far, on all threads. glibc only:
   the functions stand before the C library's own and count on the way. */
unsigned long allocation_count(void);

#endif
