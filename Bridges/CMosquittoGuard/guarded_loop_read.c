/* For RTLD_NEXT. */
#define _GNU_SOURCE

#include "CMosquittoGuard.h"

#include <mosquitto.h>
#include <stddef.h>

#if defined(__GLIBC__)

#include <assert.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* Where the read of this thread began, while one is under way. */
static _Thread_local jmp_buf *beginning = NULL;

/* Stands before the C library's own for the whole process: a failed assertion lands here.
 *
 * Only one is caught, that of property__read logging with no client. From there back to
 * mosquitto_loop_read there are C functions of the library alone, none of its callbacks among them
 * and no mutex held, so leaving them by a jump is defined and leaves nothing locked. */
__attribute__((visibility("default"), noreturn)) void __assert_fail(
    const char *assertion, const char *file, unsigned int line, const char *function)
{
    jmp_buf *target = beginning;
    if (target != NULL && function != NULL && assertion != NULL && strcmp(function, "log__printf") == 0
        && strcmp(assertion, "mosq") == 0) {
        beginning = NULL;
        longjmp(*target, 1);
    }
    void (*next)(const char *, const char *, unsigned int, const char *) = dlsym(RTLD_NEXT, "__assert_fail");
    if (next != NULL) {
        next(assertion, file, line, function);
    }
    abort();
}

int twinroute_guarded_loop_read(struct mosquitto *client)
{
    jmp_buf here;
    if (setjmp(here) != 0) {
        return MOSQ_ERR_MALFORMED_PACKET;
    }
    beginning = &here;
    int code = mosquitto_loop_read(client, 1);
    beginning = NULL;
    return code;
}

#else

int twinroute_guarded_loop_read(struct mosquitto *client)
{
    return mosquitto_loop_read(client, 1);
}

#endif
