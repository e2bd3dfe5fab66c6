// Which call is to fail, and how. Part of storage-shim.c.

static const char *fault, *fault_while;
static long fault_at = 1, fault_calls, faults_left = LONG_MAX, faults_made;
enum { LIE = -2 };

enum call { CALL_WRITE = 1, CALL_CREATE = 2, CALL_OPEN_TO_WRITE = 4, CALL_SYNC = 8, CALL_REMOVE = 16 };

/// The error that this call is to end with; 0 lets it pass.
static int fault_of(enum call call) {
    if (fault == NULL) return 0;
    int code, calls;
    if (strcmp(fault, "ENOSPC") == 0) { code = ENOSPC; calls = CALL_WRITE | CALL_CREATE; }
    else if (strcmp(fault, "EIO") == 0) { code = EIO; calls = CALL_WRITE; }
    else if (strcmp(fault, "EIO-SYNC") == 0) { code = EIO; calls = CALL_SYNC; }
    else if (strcmp(fault, "SYNC-LIES") == 0) { code = LIE; calls = CALL_SYNC; }
    else if (strcmp(fault, "EROFS") == 0) { code = EROFS; calls = CALL_WRITE | CALL_CREATE | CALL_OPEN_TO_WRITE | CALL_REMOVE; }
    else { code = -1; calls = CALL_WRITE | CALL_CREATE | CALL_SYNC | CALL_REMOVE; }
    if ((call & calls) == 0 || ++fault_calls < fault_at) return 0;
    if (code == -1 && fault_calls != fault_at) return 0;
    if (faults_left <= 0) return 0;
    if (fault_while != NULL) {
        int saved = errno;
        int lasts = access(fault_while, F_OK) == 0;
        errno = saved;
        if (!lasts) return 0;
    }
    faults_left--;
    if (faults_made++ == 0) record(OP_FAULT, 0, 0, (uint64_t)fault_calls, NULL, fault, strlen(fault));
    return code;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}
