// Devices that publish at QoS 1, and a record of what the broker acknowledged.
//
// It writes MQTT 3.1.1 itself: libmosquitto spends several system calls a message, and here the
// bridge is what is measured, on the same processors.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event.h"
#include "tally.h"

enum { PAYLOAD_BYTES_MAX = 64 * 1024, TOPIC_BYTES_MAX = 512, OUT_BYTES = 256 * 1024, IN_BYTES = 64 * 1024 };
enum { PACKET_IDS = 65536, DRAIN_MS_MAX = 30000 };

static struct {
    unsigned port, devices, rate, count, size, window, progress_ms;
    const char *topic, *client_id, *record;
} options = {.port = 1883, .devices = 20, .rate = 5000, .size = 200, .window = 1000,
             .topic = "devices/%s/messages/events", .client_id = "floor-publisher"};

struct in_flight {
    uint32_t device, number;
    bool used;
};

static struct {
    int socket;
    bool connected;
    uint8_t out[OUT_BYTES], in[IN_BYTES];
    size_t out_size, in_size;
    struct in_flight in_flight[PACKET_IDS];
    uint16_t last_packet_id;
    unsigned in_flight_count;
    uint64_t sent, acknowledged, started_us, last_progress_us;
    struct tally acknowledged_numbers;
} state;

static volatile sig_atomic_t stop_asked;

static void on_signal(int signal_number) {
    (void)signal_number;
    stop_asked = 1;
}

_Noreturn static void fail(const char *what) {
    fprintf(stderr, "floor-publisher: %s: %s\n", what, errno ? strerror(errno) : "unexpected bytes");
    exit(1);
}

// --- MQTT 3.1.1 ------------------------------------------------------------------------------

static void put(const void *bytes, size_t size) {
    memcpy(state.out + state.out_size, bytes, size);
    state.out_size += size;
}

static void put_u16(uint16_t value) {
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(bytes, 2);
}

static void put_head(uint8_t type, size_t remaining) {
    uint8_t head[5] = {type};
    size_t size = 1;
    do {
        uint8_t byte = remaining & 127;
        remaining >>= 7;
        head[size++] = remaining ? byte | 128 : byte;
    } while (remaining);
    put(head, size);
}

static void put_connect(void) {
    size_t id_size = strlen(options.client_id);
    put_head(0x10, 10 + 2 + id_size);
    put("\x00\x04MQTT\x04\x02\x00\x00", 10);  // level 4, clean session, no keep-alive
    put_u16((uint16_t)id_size);
    put(options.client_id, id_size);
}

static bool put_publish(void) {
    uint16_t id = state.last_packet_id == 65535 ? 1 : state.last_packet_id + 1;
    struct in_flight *slot = &state.in_flight[id];
    if (slot->used || state.in_flight_count >= options.window) return false;
    if (OUT_BYTES - state.out_size < PAYLOAD_BYTES_MAX + TOPIC_BYTES_MAX + 16) return false;
    struct event event = {(uint32_t)(state.sent % options.devices),
                          (uint32_t)(state.sent / options.devices) + 1, now_us()};
    static char payload[PAYLOAD_BYTES_MAX];
    size_t payload_size = event_write(payload, sizeof payload, &event, options.size);
    char device[16], topic[TOPIC_BYTES_MAX];
    snprintf(device, sizeof device, "d%u", event.device);
    const char *place = strstr(options.topic, "%s");
    int topic_size = snprintf(topic, sizeof topic, "%.*s%s%s", (int)(place - options.topic), options.topic,
                              device, place + 2);
    put_head(0x32, 2 + (size_t)topic_size + 2 + payload_size);
    put_u16((uint16_t)topic_size);
    put(topic, (size_t)topic_size);
    put_u16(id);
    put(payload, payload_size);
    *slot = (struct in_flight){event.device, event.number, true};
    state.last_packet_id = id;
    state.in_flight_count++;
    state.sent++;
    return true;
}

static void on_puback(uint16_t id) {
    struct in_flight *slot = &state.in_flight[id];
    if (!slot->used) return;
    slot->used = false;
    state.in_flight_count--;
    state.acknowledged++;
    tally_add(&state.acknowledged_numbers, slot->device, slot->number);
}

static void read_packets(void) {
    ssize_t got = recv(state.socket, state.in + state.in_size, IN_BYTES - state.in_size, 0);
    if (got == 0) {
        errno = 0;
        fail("the broker closed the connection");
    }
    if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        fail("recv");
    }
    state.in_size += (size_t)got;
    size_t at = 0;
    // CONNACK and PUBACK, the only packets a 3.1.1 publisher is sent, are four bytes long.
    for (; state.in_size - at >= 4; at += 4) {
        const uint8_t *p = state.in + at;
        errno = 0;
        if (p[0] == 0x40 && p[1] == 2) {
            on_puback((uint16_t)(p[2] << 8 | p[3]));
        } else if (p[0] == 0x20 && p[1] == 2 && p[3] == 0) {
            state.connected = true;
        } else {
            fail("refused by the broker");
        }
    }
    memmove(state.in, state.in + at, state.in_size - at);
    state.in_size -= at;
}

static void write_packets(void) {
    ssize_t put_now = send(state.socket, state.out, state.out_size, MSG_NOSIGNAL);
    if (put_now < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        fail("send");
    }
    memmove(state.out, state.out + put_now, state.out_size - (size_t)put_now);
    state.out_size -= (size_t)put_now;
}

// --- the load --------------------------------------------------------------------------------

static void connect_broker(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    state.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (state.socket < 0 || connect(state.socket, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    int on = 1;
    setsockopt(state.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(state.socket, F_SETFL, O_NONBLOCK);
    put_connect();
}

static uint64_t allowed_now(uint64_t now) {
    uint64_t allowed = options.count > 0 ? options.count : UINT64_MAX;
    if (options.rate > 0) {
        uint64_t due = (now - state.started_us) * options.rate / 1000000u;
        if (due < allowed) allowed = due;
    }
    return allowed;
}

static void print_counts(const char *name) {
    printf("{\"%s\":{\"sent\":%llu,\"acknowledged\":%llu,\"elapsed_us\":%llu}}\n", name,
           (unsigned long long)state.sent, (unsigned long long)state.acknowledged,
           (unsigned long long)(now_us() - state.started_us));
    fflush(stdout);
}

static void exchange(int timeout_ms) {
    struct pollfd p = {state.socket, (short)(POLLIN | (state.out_size ? POLLOUT : 0)), 0};
    if (poll(&p, 1, timeout_ms) < 0 && errno != EINTR) fail("poll");
    if (p.revents & POLLOUT) write_packets();
    if (p.revents & (POLLIN | POLLHUP | POLLERR)) read_packets();
}

static void print_progress(uint64_t now) {
    if (options.progress_ms == 0 || now - state.last_progress_us < options.progress_ms * 1000ull) return;
    state.last_progress_us = now;
    print_counts("progress");
}

static void run(void) {
    connect_broker();
    while (!state.connected && !stop_asked) exchange(100);
    state.started_us = now_us();
    while (!stop_asked && !(options.count > 0 && state.sent >= options.count)) {
        uint64_t now = now_us(), allowed = allowed_now(now);
        while (state.sent < allowed && put_publish()) {}
        exchange(options.rate > 0 ? 1 : 100);
        print_progress(now);
    }
    uint64_t give_up_us = now_us() + DRAIN_MS_MAX * 1000ull;
    while ((state.in_flight_count > 0 || state.out_size > 0) && now_us() < give_up_us) exchange(100);
    put_head(0xE0, 0);
    write_packets();
    close(state.socket);
}

static void usage(void) {
    fputs("usage: floor-publisher [--port N] [--devices N] [--rate PER_SECOND (0: all it can)]\n"
          "                       [--count N] [--size BYTES] [--window IN_FLIGHT] [--topic devices/%s/x]\n"
          "                       [--client-id ID] [--record FILE] [--progress MS]\n"
          "Ends after N messages, or on SIGTERM or SIGINT, once the broker acknowledged all.\n",
          stderr);
    exit(64);
}

static unsigned number(const char *text, unsigned max) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value > max) usage();
    return (unsigned)value;
}

int main(int count, char **arguments) {
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},   {"devices", required_argument, NULL, 'd'},
        {"rate", required_argument, NULL, 'r'},   {"count", required_argument, NULL, 'n'},
        {"size", required_argument, NULL, 's'},   {"window", required_argument, NULL, 'w'},
        {"topic", required_argument, NULL, 't'},  {"client-id", required_argument, NULL, 'c'},
        {"record", required_argument, NULL, 'f'}, {"progress", required_argument, NULL, 'g'},
        {NULL, 0, NULL, 0}};
    for (int o; (o = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        switch (o) {
        case 'p': options.port = number(optarg, 65535); break;
        case 'd': options.devices = number(optarg, TALLY_DEVICES_MAX); break;
        case 'r': options.rate = number(optarg, 10000000); break;
        case 'n': options.count = number(optarg, 1000000000); break;
        case 's': options.size = number(optarg, PAYLOAD_BYTES_MAX); break;
        case 'w': options.window = number(optarg, PACKET_IDS - 1); break;
        case 't': options.topic = optarg; break;
        case 'c': options.client_id = optarg; break;
        case 'f': options.record = optarg; break;
        case 'g': options.progress_ms = number(optarg, 1000000); break;
        default: usage();
        }
    }
    if (optind != count || options.devices == 0 || options.window == 0) usage();
    if (strstr(options.topic, "%s") == NULL || strlen(options.topic) > TOPIC_BYTES_MAX - 32) usage();
    if (strlen(options.client_id) > 255) usage();
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    run();
    print_counts("summary");
    bool written = options.record == NULL || tally_write(&state.acknowledged_numbers, options.record);
    tally_free(&state.acknowledged_numbers);
    return written && state.in_flight_count == 0 ? 0 : 1;
}
