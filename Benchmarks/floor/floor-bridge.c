// The bridge's work and nothing else: receive over MQTT, write to disk, acknowledge, send over
// AMQP 1.0. One thread, one message an event, no recovery.
//
// --acknowledge says when the broker gets its PUBACK:
//   after-journal   once the batch is in the synced file (the floor of the benchmarks)
//   after-delivery  once the AMQP side accepted the batch (slow, and loses nothing without a file)
//   on-read         whenever libmosquitto's own loop likes: at once. Unsafe; the crash test must
//                   catch it (--unsafe is short for it)
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <mosquitto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amqp-sender.h"
#include "event.h"

enum acknowledge { AFTER_JOURNAL, AFTER_DELIVERY, ON_READ };

enum { WAITING_BYTES_MAX = 32 << 20, MESSAGE_BYTES_MAX = 1 << 20, RETRY_MS = 50 };

static struct {
    unsigned mqtt_port, amqp_port, batch_max;
    const char *topic, *address, *client_id, *journal;
    enum acknowledge acknowledge;
} options = {.mqtt_port = 1883, .amqp_port = 5672, .batch_max = 1000, .topic = "devices/+/messages/events",
             .address = "telemetry", .client_id = "floor-bridge"};

// Events wait here as records: two lengths, topic, payload. The journal gets the same bytes.
static struct {
    uint8_t *bytes;
    size_t head, batch, tail, capacity;
} queue;

struct record_head {
    uint32_t topic_size, payload_size;
};

static unsigned callbacks;  // fired by libmosquitto since it was last set to 0
static uint64_t received;
static int journal = -1;
static bool mqtt_lost;
static volatile sig_atomic_t stop_asked;

static void on_signal(int signal_number) {
    (void)signal_number;
    stop_asked = 1;
}

_Noreturn static void fail(const char *what, const char *why) {
    fprintf(stderr, "floor-bridge: %s: %s\n", what, why);
    exit(1);
}

// --- the queue -------------------------------------------------------------------------------

static void queue_reserve(size_t size) {
    if (queue.capacity - queue.tail >= size) return;
    if (queue.head > queue.capacity / 2) {
        memmove(queue.bytes, queue.bytes + queue.head, queue.tail - queue.head);
        queue.batch -= queue.head;
        queue.tail -= queue.head;
        queue.head = 0;
    }
    size_t capacity = queue.capacity ? queue.capacity : 1 << 20;
    while (capacity - queue.tail < size) capacity *= 2;
    if (capacity == queue.capacity) return;
    queue.bytes = realloc(queue.bytes, capacity);
    if (queue.bytes == NULL) fail("memory", strerror(errno));
    queue.capacity = capacity;
}

static void queue_append(const void *bytes, size_t size) {
    if (size > 0) memcpy(queue.bytes + queue.tail, bytes, size);
    queue.tail += size;
}

static bool queue_is_empty(void) { return queue.head == queue.batch; }

// --- MQTT ------------------------------------------------------------------------------------

static void on_connect(struct mosquitto *client, void *context, int code) {
    (void)context;
    callbacks++;
    if (code != 0) fail("connect", mosquitto_connack_string(code));
    mosquitto_subscribe(client, NULL, options.topic, 1);
}

static void on_subscribe(struct mosquitto *client, void *context, int id, int count, const int *granted) {
    (void)client;
    (void)context;
    (void)id;
    callbacks++;
    if (count != 1 || granted[0] != 1) fail("subscribe", "the broker does not grant QoS 1");
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    (void)client;
    (void)context;
    callbacks++;
    received++;
    struct record_head head = {(uint32_t)strlen(message->topic), (uint32_t)message->payloadlen};
    queue_reserve(sizeof head + head.topic_size + head.payload_size);
    queue_append(&head, sizeof head);
    queue_append(message->topic, head.topic_size);
    queue_append(message->payload, head.payload_size);
}

static void on_disconnect(struct mosquitto *client, void *context, int code) {
    (void)client;
    (void)context;
    (void)code;
    callbacks++;
    mqtt_lost = true;
}

// Reads until nothing more comes, at most one batch. mosquitto_loop_read takes about one packet,
// and only a callback tells whether it took any.
static void read_batch(struct mosquitto *client) {
    for (unsigned i = 0; i < options.batch_max && !mqtt_lost; i++) {
        callbacks = 0;
        if (mosquitto_loop_read(client, 1) != MOSQ_ERR_SUCCESS) mqtt_lost = true;
        if (callbacks == 0) return;
    }
}

static void write_acknowledgements(struct mosquitto *client) {
    while (!mqtt_lost) {
        if (mosquitto_loop_write(client, 1) != MOSQ_ERR_SUCCESS) mqtt_lost = true;
        if (!mosquitto_want_write(client)) return;
        struct pollfd p = {mosquitto_socket(client), POLLOUT, 0};
        poll(&p, 1, 1000);
    }
}

static void write_journal(const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t put = write(journal, bytes, size);
        if (put < 0) fail("journal", strerror(errno));
        bytes += put;
        size -= (size_t)put;
    }
    if (fdatasync(journal) != 0) fail("journal", strerror(errno));
}

static void commit_batch(void) {
    if (journal >= 0 && queue.tail > queue.batch) write_journal(queue.bytes + queue.batch, queue.tail - queue.batch);
    queue.batch = queue.tail;
}

static void receive(struct mosquitto *client) {
    if (options.acknowledge == ON_READ) {
        for (unsigned i = 0; i < options.batch_max && !mqtt_lost; i++) {
            callbacks = 0;
            if (mosquitto_loop(client, 0, 1) != MOSQ_ERR_SUCCESS) mqtt_lost = true;
            if (callbacks == 0) break;
        }
        queue.batch = queue.tail;
        return;
    }
    read_batch(client);
    commit_batch();
    if (options.acknowledge == AFTER_JOURNAL) write_acknowledgements(client);
}

// --- AMQP ------------------------------------------------------------------------------------

// devices/{subject}/…
static struct bytes subject_of(const uint8_t *topic, size_t size) {
    const uint8_t *from = memchr(topic, '/', size);
    from = from ? from + 1 : topic;
    size_t left = size - (size_t)(from - topic);
    const uint8_t *to = memchr(from, '/', left);
    return (struct bytes){from, to ? (size_t)(to - from) : left};
}

static void send_waiting(struct amqp_sender *sender) {
    static uint8_t message[MESSAGE_BYTES_MAX];
    static uint32_t sequence;
    while (!queue_is_empty() && amqp_sender_is_ready(sender)) {
        struct record_head head;
        memcpy(&head, queue.bytes + queue.head, sizeof head);
        const uint8_t *topic = queue.bytes + queue.head + sizeof head;
        struct bytes body = {topic + head.topic_size, head.payload_size};
        size_t size = amqp_write_message(message, sizeof message, subject_of(topic, head.topic_size), ++sequence, body);
        if (size == 0) fail("message", "too large");
        amqp_sender_send(sender, (struct bytes){message, size});
        queue.head += sizeof head + head.topic_size + head.payload_size;
    }
    if (queue.head == queue.tail) queue.head = queue.batch = queue.tail = 0;
}

// --- the loop --------------------------------------------------------------------------------

static struct amqp_sender *connect_amqp(void) {
    while (!stop_asked) {
        struct amqp_sender *sender = amqp_sender_connect(options.amqp_port, options.address);
        if (sender != NULL) return sender;
        poll(NULL, 0, RETRY_MS);
    }
    return NULL;
}

static struct mosquitto *connect_mqtt(void) {
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new(options.client_id, false, NULL);
    if (client == NULL) fail("mosquitto", strerror(errno));
    // With this set nothing is written but by mosquitto_loop_write, PUBACKs included.
    if (options.acknowledge != ON_READ) mosquitto_threaded_set(client, true);
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    mosquitto_message_callback_set(client, on_message);
    mosquitto_disconnect_callback_set(client, on_disconnect);
    int code = mosquitto_connect(client, "127.0.0.1", (int)options.mqtt_port, 60);
    if (code != MOSQ_ERR_SUCCESS) fail("broker", mosquitto_strerror(code));
    write_acknowledgements(client);
    return client;
}

static bool is_reading(struct amqp_sender *sender) {
    if (options.acknowledge == ON_READ) return true;
    if (queue.tail - queue.head > WAITING_BYTES_MAX) return false;
    return options.acknowledge != AFTER_DELIVERY || (queue_is_empty() && amqp_sender_unsettled(sender) == 0);
}

static void turn(struct mosquitto *client, struct amqp_sender *sender) {
    struct pollfd polled[2] = {
        {amqp_sender_socket(sender), amqp_sender_poll_events(sender), 0},
        {is_reading(sender) ? mosquitto_socket(client) : -1, POLLIN, 0},
    };
    if (poll(polled, 2, 1000) < 0 && errno != EINTR) fail("poll", strerror(errno));
    if (polled[1].revents) receive(client);
    send_waiting(sender);
    if (!amqp_sender_turn(sender)) fail("AMQP", "the connection ended");
    send_waiting(sender);
    if (options.acknowledge == AFTER_DELIVERY && is_reading(sender)) write_acknowledgements(client);
    mosquitto_loop_misc(client);
}

static void run(void) {
    struct amqp_sender *sender = connect_amqp();
    if (sender == NULL) return;
    struct mosquitto *client = connect_mqtt();
    while (!stop_asked && !mqtt_lost) turn(client, sender);
    if (mqtt_lost) fail("broker", "the connection ended");
    printf("{\"summary\":{\"received\":%llu,\"accepted\":%llu,\"refused\":%llu,\"unsettled\":%llu}}\n",
           (unsigned long long)received, (unsigned long long)amqp_sender_accepted(sender),
           (unsigned long long)amqp_sender_refused(sender), (unsigned long long)amqp_sender_unsettled(sender));
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
    amqp_sender_free(sender);
    free(queue.bytes);
}

static void usage(void) {
    fputs("usage: floor-bridge [--mqtt-port N] [--amqp-port N] [--topic FILTER] [--address NAME]\n"
          "                    [--client-id ID] [--journal FILE] [--batch MESSAGES]\n"
          "                    [--acknowledge after-journal|after-delivery|on-read] [--unsafe]\n",
          stderr);
    exit(64);
}

static unsigned number(const char *text, unsigned max) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value == 0 || value > max) usage();
    return (unsigned)value;
}

static enum acknowledge parse_acknowledge(const char *text) {
    if (strcmp(text, "after-journal") == 0) return AFTER_JOURNAL;
    if (strcmp(text, "after-delivery") == 0) return AFTER_DELIVERY;
    if (strcmp(text, "on-read") != 0) usage();
    return ON_READ;
}

int main(int count, char **arguments) {
    static const struct option known[] = {
        {"mqtt-port", required_argument, NULL, 'm'}, {"amqp-port", required_argument, NULL, 'p'},
        {"topic", required_argument, NULL, 't'},     {"address", required_argument, NULL, 'a'},
        {"client-id", required_argument, NULL, 'c'}, {"journal", required_argument, NULL, 'j'},
        {"batch", required_argument, NULL, 'b'},     {"acknowledge", required_argument, NULL, 'k'},
        {"unsafe", no_argument, NULL, 'u'},          {NULL, 0, NULL, 0}};
    for (int o; (o = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        switch (o) {
        case 'm': options.mqtt_port = number(optarg, 65535); break;
        case 'p': options.amqp_port = number(optarg, 65535); break;
        case 't': options.topic = optarg; break;
        case 'a': options.address = optarg; break;
        case 'c': options.client_id = optarg; break;
        case 'j': options.journal = optarg; break;
        case 'b': options.batch_max = number(optarg, 1000000); break;
        case 'k': options.acknowledge = parse_acknowledge(optarg); break;
        case 'u': options.acknowledge = ON_READ; break;
        default: usage();
        }
    }
    if (optind != count) usage();
    if (options.journal != NULL) {
        journal = open(options.journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (journal < 0) fail(options.journal, strerror(errno));
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    run();
    return 0;
}
