// Sends events over one AMQP 1.0 link as fast as the peer takes them: nothing is read, kept or
// tried again. With --batch each transfer carries so many messages, each in a data section; the
// message format stays 0, for this Proton cannot set another.
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "amqp-sender.h"
#include "event.h"

enum { MESSAGE_BYTES_MAX = 64 << 10, SECTION_HEAD_BYTES = 8 };

static struct {
    unsigned port, count, size, batch;
} options = {.port = 5672, .count = 1000000, .size = 200, .batch = 1};

_Noreturn static void fail(const char *what, const char *why) {
    fprintf(stderr, "floor-sender: %s: %s\n", what, why);
    exit(1);
}

_Noreturn static void usage(void) {
    fprintf(stderr, "floor-sender [--port 5672] [--count 1000000] [--size 200] [--batch 1]\n");
    exit(64);
}

static unsigned number(const char *text) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > 1000000000) usage();
    return (unsigned)value;
}

static uint8_t body[MESSAGE_BYTES_MAX];

static size_t write_message(uint8_t *out, size_t capacity, unsigned place) {
    char subject[16];
    int length = snprintf(subject, sizeof subject, "device-%u", place % 1000);
    size_t size = amqp_write_message(out, capacity, (struct bytes){(const uint8_t *)subject, (size_t)length},
                                     place / 1000 + 1, (struct bytes){body, options.size});
    if (size == 0) fail("--size", "the message does not fit");
    return size;
}

static void write_section_head(uint8_t *out, size_t size) {
    memcpy(out, "\x00\x53\x75\xB0", 4);
    for (int i = 0; i < 4; i++) out[4 + i] = (uint8_t)(size >> (24 - 8 * i));
}

// Writes a transfer of up to `batch` events from `place` on.
static size_t write_transfer(uint8_t *out, size_t capacity, unsigned place, unsigned *events) {
    if (options.batch == 1) {
        *events = 1;
        return write_message(out, capacity, place);
    }
    size_t used = 0;
    for (*events = 0; *events < options.batch && place + *events < options.count; ++*events) {
        size_t size = write_message(out + used + SECTION_HEAD_BYTES, capacity - used - SECTION_HEAD_BYTES, place + *events);
        write_section_head(out + used, size);
        used += SECTION_HEAD_BYTES + size;
    }
    return used;
}

static double cpu_seconds(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void run(void) {
    size_t capacity = (size_t)options.batch * (options.size + 1024);
    uint8_t *transfer = malloc(capacity);
    if (transfer == NULL) fail("memory", strerror(errno));
    memset(body, 'a', options.size);
    struct amqp_sender *sender = amqp_sender_connect(options.port, "telemetry");
    if (sender == NULL) fail("connect", strerror(errno));
    uint64_t started = now_us();
    double used = cpu_seconds();
    unsigned sent = 0;
    while (sent < options.count || amqp_sender_unsettled(sender) > 0) {
        while (sent < options.count && amqp_sender_is_ready(sender)) {
            unsigned events;
            size_t size = write_transfer(transfer, capacity, sent, &events);
            amqp_sender_send(sender, (struct bytes){transfer, size});
            sent += events;
        }
        struct pollfd place = {amqp_sender_socket(sender), amqp_sender_poll_events(sender), 0};
        if (poll(&place, 1, 10000) == 0) fail("AMQP", "nothing happened for 10 s");
        if (!amqp_sender_turn(sender)) fail("AMQP", "the connection ended");
    }
    if (amqp_sender_refused(sender) > 0) fail("AMQP", "not all were accepted");
    printf("{\"seconds\": %.6f, \"cpu_seconds\": %.6f}\n", (double)(now_us() - started) / 1e6, cpu_seconds() - used);
    amqp_sender_free(sender);
    free(transfer);
}

int main(int count, char **arguments) {
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'}, {"count", required_argument, NULL, 'c'},
        {"size", required_argument, NULL, 's'}, {"batch", required_argument, NULL, 'b'}, {NULL, 0, NULL, 0}};
    for (int o; (o = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        switch (o) {
        case 'p': options.port = number(optarg); break;
        case 'c': options.count = number(optarg); break;
        case 's': options.size = number(optarg); break;
        case 'b': options.batch = number(optarg); break;
        default: usage();
        }
    }
    if (optind != count || options.size > MESSAGE_BYTES_MAX / 2) usage();
    run();
    return 0;
}
