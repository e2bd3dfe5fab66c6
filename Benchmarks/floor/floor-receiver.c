// An AMQP 1.0 listener that accepts whatever it is sent and keeps count of it.
//
// stdout carries one JSON object a line: {"listening":PORT} once, {"progress":...} while running,
// and the summary at the end.
#include <errno.h>
#include <getopt.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/listener.h>
#include <proton/netaddr.h>
#include <proton/proactor.h>
#include <proton/session.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event.h"
#include "histogram.h"
#include "sasl-any.h"
#include "tally.h"

enum { TICK_MS = 20, MESSAGE_BYTES_MAX = 1 << 20 };

static struct {
    const char *port;
    const char *record;
    int window;
    unsigned stall_on_ms, stall_every_ms;
    unsigned progress_ms;
    unsigned idle_ms;
    uint64_t expect;
} options = {.port = "0", .window = 5000};

static struct {
    struct tally tally;
    struct histogram latency;
    uint64_t deliveries, events, unreadable;
    uint64_t started_us, first_us, last_us, last_progress_us;
    bool done;
} state;

static uint8_t message[MESSAGE_BYTES_MAX];
static volatile sig_atomic_t stop_asked;

static void on_signal(int signal_number) {
    (void)signal_number;
    stop_asked = 1;
}

// --- what arrives ----------------------------------------------------------------------------

static void count_event(struct bytes body, uint64_t now) {
    struct event event;
    state.events++;
    if (!event_read(body, &event)) {
        state.unreadable++;
        return;
    }
    enum tally_result result = tally_add(&state.tally, event.device, event.number);
    if (result == TALLY_REFUSED) state.unreadable++;
    if (result == TALLY_FIRST && event.sent_us > 0 && event.sent_us <= now) {
        histogram_add(&state.latency, now - event.sent_us);
    }
}

static void count_message(struct bytes rest) {
    uint64_t now = now_us();
    if (state.first_us == 0) state.first_us = now;
    state.last_us = now;
    state.deliveries++;
    struct bytes data;
    bool any = false;
    while (amqp_next_data(&rest, &data)) {
        any = true;
        struct bytes inner;
        if (!amqp_is_message(data)) {
            count_event(data, now);
        } else {
            while (amqp_next_data(&data, &inner)) count_event(inner, now);
        }
    }
    if (!any) state.unreadable++;
}

static void on_delivery(pn_delivery_t *delivery) {
    pn_link_t *link = pn_delivery_link(delivery);
    if (!pn_link_is_receiver(link)) return;
    if (pn_delivery_aborted(delivery)) {
        pn_delivery_settle(delivery);
        return;
    }
    if (!pn_delivery_readable(delivery) || pn_delivery_partial(delivery)) return;
    size_t size = pn_delivery_pending(delivery);
    if (size > sizeof message) {
        state.unreadable++;
        pn_delivery_update(delivery, PN_REJECTED);
    } else {
        ssize_t got = pn_link_recv(link, (char *)message, size);
        count_message((struct bytes){message, got > 0 ? (size_t)got : 0});
        pn_delivery_update(delivery, PN_ACCEPTED);
    }
    pn_delivery_settle(delivery);
    int credit = pn_link_credit(link);
    if (credit <= options.window / 2) pn_link_flow(link, options.window - credit);
}

static void on_link_open(pn_link_t *link) {
    pn_terminus_copy(pn_link_source(link), pn_link_remote_source(link));
    pn_terminus_copy(pn_link_target(link), pn_link_remote_target(link));
    pn_link_set_max_message_size(link, MESSAGE_BYTES_MAX);
    pn_link_open(link);
    if (pn_link_is_receiver(link)) pn_link_flow(link, options.window);
}

// --- the listener ----------------------------------------------------------------------------

static void accept_connection(pn_listener_t *listener) {
    pn_transport_t *transport = pn_transport();
    pn_transport_set_server(transport);
    pn_transport_set_max_frame(transport, MESSAGE_BYTES_MAX);
    sasl_any_install(transport);
    pn_connection_t *connection = pn_connection();
    pn_connection_set_container(connection, "floor-receiver");
    pn_listener_accept2(listener, connection, transport);
}

static void print_port(pn_listener_t *listener) {
    char host[64], port[16];
    const pn_netaddr_t *address = pn_listener_addr(listener);
    if (pn_netaddr_host_port(address, host, sizeof host, port, sizeof port) == 0) {
        printf("{\"listening\":%s}\n", port);
        fflush(stdout);
    }
}

static void handle(pn_event_t *event) {
    switch (pn_event_type(event)) {
    case PN_LISTENER_OPEN: print_port(pn_event_listener(event)); break;
    case PN_LISTENER_ACCEPT: accept_connection(pn_event_listener(event)); break;
    case PN_LISTENER_CLOSE:
        if (!state.done) {
            fprintf(stderr, "floor-receiver: cannot listen on 127.0.0.1:%s: %s\n", options.port,
                    pn_condition_get_description(pn_listener_condition(pn_event_listener(event))));
            exit(1);
        }
        break;
    case PN_CONNECTION_REMOTE_OPEN: pn_connection_open(pn_event_connection(event)); break;
    case PN_SESSION_REMOTE_OPEN:
        pn_session_set_incoming_capacity(pn_event_session(event), 64 << 20);
        pn_session_open(pn_event_session(event));
        break;
    case PN_LINK_REMOTE_OPEN: on_link_open(pn_event_link(event)); break;
    case PN_DELIVERY: on_delivery(pn_event_delivery(event)); break;
    case PN_LINK_REMOTE_DETACH:
    case PN_LINK_REMOTE_CLOSE: pn_link_close(pn_event_link(event)); break;
    case PN_SESSION_REMOTE_CLOSE: pn_session_close(pn_event_session(event)); break;
    case PN_CONNECTION_REMOTE_CLOSE: pn_connection_close(pn_event_connection(event)); break;
    default: break;
    }
}

// --- time ------------------------------------------------------------------------------------

// Neither reads nor accepts during the first part of each period: what a slow or busy service does.
static void stall(void) {
    if (options.stall_on_ms == 0) return;
    uint64_t phase_us = (now_us() - state.started_us) % (options.stall_every_ms * 1000ull);
    if (phase_us >= options.stall_on_ms * 1000ull) return;
    uint64_t left_us = options.stall_on_ms * 1000ull - phase_us;
    struct timespec pause = {(time_t)(left_us / 1000000), (long)(left_us % 1000000) * 1000};
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR && !stop_asked) {}
}

static void print_counts(const char *name) {
    printf("{\"%s\":{\"deliveries\":%llu,\"received\":%llu,\"unique\":%llu,\"duplicates\":%llu,\"late\":%llu,"
           "\"unreadable\":%llu,\"first_us\":%llu,\"last_us\":%llu,\"p50_us\":%llu,\"p99_us\":%llu}}\n",
           name, (unsigned long long)state.deliveries, (unsigned long long)state.events,
           (unsigned long long)state.tally.unique, (unsigned long long)state.tally.duplicates,
           (unsigned long long)state.tally.late, (unsigned long long)state.unreadable,
           (unsigned long long)state.first_us, (unsigned long long)state.last_us,
           (unsigned long long)histogram_quantile(&state.latency, 0.50),
           (unsigned long long)histogram_quantile(&state.latency, 0.99));
    fflush(stdout);
}

static bool is_finished(uint64_t now) {
    if (stop_asked) return true;
    if (options.expect > 0 && state.tally.unique >= options.expect) return true;
    return options.idle_ms > 0 && state.last_us > 0 && now - state.last_us > options.idle_ms * 1000ull;
}

static void on_time(void) {
    uint64_t now = now_us();
    if (options.progress_ms > 0 && now - state.last_progress_us >= options.progress_ms * 1000ull) {
        state.last_progress_us = now;
        print_counts("progress");
    }
    if (is_finished(now)) state.done = true;
}

static void run(void) {
    char address[PN_MAX_ADDR];
    pn_proactor_t *proactor = pn_proactor();
    pn_proactor_addr(address, sizeof address, "127.0.0.1", options.port);
    pn_proactor_listen(proactor, pn_listener(), address, 64);
    pn_proactor_set_timeout(proactor, TICK_MS);
    while (!state.done) {
        stall();
        pn_event_batch_t *batch = pn_proactor_wait(proactor);
        if (batch == NULL) continue;
        pn_event_t *event;
        while ((event = pn_event_batch_next(batch)) != NULL) {
            if (pn_event_type(event) == PN_PROACTOR_TIMEOUT) pn_proactor_set_timeout(proactor, TICK_MS);
            handle(event);
        }
        pn_proactor_done(proactor, batch);
        on_time();
    }
    pn_proactor_free(proactor);
}

static void usage(void) {
    fputs("usage: floor-receiver [--port N (0: any free)] [--window CREDIT] [--record FILE]\n"
          "                      [--stall-on MS --stall-every MS] [--progress MS]\n"
          "                      [--expect UNIQUE] [--idle MS]\n"
          "Ends on SIGTERM or SIGINT, at UNIQUE events, or after MS without one.\n",
          stderr);
    exit(64);
}

static unsigned number(const char *text) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value > 1000000000ul) usage();
    return (unsigned)value;
}

int main(int count, char **arguments) {
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},     {"window", required_argument, NULL, 'w'},
        {"record", required_argument, NULL, 'r'},   {"stall-on", required_argument, NULL, 's'},
        {"stall-every", required_argument, NULL, 'e'}, {"progress", required_argument, NULL, 'g'},
        {"expect", required_argument, NULL, 'x'},   {"idle", required_argument, NULL, 'i'},
        {NULL, 0, NULL, 0}};
    for (int o; (o = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        switch (o) {
        case 'p': options.port = optarg; break;
        case 'w': options.window = (int)number(optarg); break;
        case 'r': options.record = optarg; break;
        case 's': options.stall_on_ms = number(optarg); break;
        case 'e': options.stall_every_ms = number(optarg); break;
        case 'g': options.progress_ms = number(optarg); break;
        case 'x': options.expect = number(optarg); break;
        case 'i': options.idle_ms = number(optarg); break;
        default: usage();
        }
    }
    if (optind != count || options.window < 1 || (options.stall_on_ms > 0 && options.stall_every_ms <= options.stall_on_ms)) {
        usage();
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    state.started_us = now_us();
    run();
    print_counts("summary");
    bool written = options.record == NULL || tally_write(&state.tally, options.record);
    tally_free(&state.tally);
    return written ? 0 : 1;
}
