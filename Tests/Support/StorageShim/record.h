// The record of what was done to the folder: see scripts/storage_record.py for its reader. Part of
// storage-shim.c.

enum operation {
    OP_OPEN = 1, OP_CREATE, OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_SYNC_FOLDER, OP_RENAME, OP_UNLINK, OP_MKDIR, OP_MARK,
    OP_FAULT
};

struct __attribute__((packed)) record_head {
    uint8_t operation;
    uint8_t failed;
    uint16_t path_bytes;
    uint32_t file;
    uint64_t offset;
    uint32_t data_bytes;
};

static int record_descriptor = -1;

static void record(int operation, int failed, int file, uint64_t offset, const char *path, const void *data, size_t bytes) {
    if (record_descriptor < 0) return;
    struct record_head head = {
        .operation = (uint8_t)operation, .failed = (uint8_t)failed, .path_bytes = (uint16_t)(path ? strlen(path) : 0),
        .file = (uint32_t)file, .offset = offset, .data_bytes = (uint32_t)bytes};
    struct iovec parts[] = {
        {&head, sizeof head}, {(void *)path, head.path_bytes}, {(void *)data, head.data_bytes}};
    if (real_writev(record_descriptor, parts, 3) != (ssize_t)(sizeof head + head.path_bytes + head.data_bytes)) {
        static const char text[] = "storage-shim: the record cannot be written\n";
        (void)!real_write(2, text, sizeof text - 1);
        abort();
    }
}
