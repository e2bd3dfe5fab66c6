#include "amqp-sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <proton/connection.h>
#include <proton/connection_driver.h>
#include <proton/delivery.h>
#include <proton/link.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Proton does not bound its buffers, and each time it is asked for bytes to write it walks all
// deliveries that wait to be written: 1 MiB of them costs four times the processor time of 32 KiB.
enum { UNWRITTEN_BYTES_MAX = 32 << 10 };

struct amqp_sender {
    int socket;
    bool ended;
    pn_connection_driver_t driver;
    pn_session_t *session;
    pn_link_t *link;
    uint64_t sent, accepted, refused;
};

struct amqp_sender *amqp_sender_connect(unsigned port, const char *address) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return NULL;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return NULL;
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, O_NONBLOCK);

    struct amqp_sender *s = calloc(1, sizeof *s);
    if (s == NULL || pn_connection_driver_init(&s->driver, NULL, NULL) != 0) {
        perror("floor-bridge: memory");
        exit(1);
    }
    s->socket = fd;
    pn_sasl_allowed_mechs(pn_sasl(s->driver.transport), "ANONYMOUS");
    pn_connection_set_container(s->driver.connection, "floor-bridge");
    pn_connection_set_hostname(s->driver.connection, "127.0.0.1");
    pn_connection_open(s->driver.connection);
    s->session = pn_session(s->driver.connection);
    pn_session_open(s->session);
    s->link = pn_sender(s->session, "events");
    pn_terminus_set_address(pn_link_target(s->link), address);
    pn_link_open(s->link);
    return s;
}

int amqp_sender_socket(const struct amqp_sender *s) { return s->socket; }

short amqp_sender_poll_events(struct amqp_sender *s) {
    bool pending = pn_connection_driver_write_buffer(&s->driver).size > 0;
    return (short)(POLLIN | (pending ? POLLOUT : 0));
}

static void on_delivery(struct amqp_sender *s, pn_delivery_t *delivery) {
    if (!pn_delivery_updated(delivery)) return;
    if (pn_delivery_remote_state(delivery) == PN_ACCEPTED) {
        s->accepted++;
    } else {
        s->refused++;
    }
    pn_delivery_settle(delivery);
}

static void dispatch(struct amqp_sender *s) {
    pn_event_t *event;
    while ((event = pn_connection_driver_next_event(&s->driver)) != NULL) {
        switch (pn_event_type(event)) {
        case PN_DELIVERY: on_delivery(s, pn_event_delivery(event)); break;
        case PN_LINK_REMOTE_CLOSE:
        case PN_SESSION_REMOTE_CLOSE:
        case PN_CONNECTION_REMOTE_CLOSE: s->ended = true; break;
        default: break;
        }
    }
}

static void read_bytes(struct amqp_sender *s) {
    pn_rwbytes_t room = pn_connection_driver_read_buffer(&s->driver);
    if (room.size == 0) return;
    ssize_t got = recv(s->socket, room.start, room.size, 0);
    if (got > 0) {
        pn_connection_driver_read_done(&s->driver, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        pn_connection_driver_read_close(&s->driver);
        s->ended = true;
    }
}

static void write_bytes(struct amqp_sender *s) {
    for (;;) {
        pn_bytes_t pending = pn_connection_driver_write_buffer(&s->driver);
        if (pending.size == 0) return;
        ssize_t put = send(s->socket, pending.start, pending.size, MSG_NOSIGNAL);
        if (put <= 0) {
            if (errno != EAGAIN && errno != EINTR) s->ended = true;
            return;
        }
        pn_connection_driver_write_done(&s->driver, (size_t)put);
    }
}

bool amqp_sender_turn(struct amqp_sender *s) {
    read_bytes(s);
    dispatch(s);
    write_bytes(s);
    dispatch(s);  // asking for the write buffer makes events
    return !s->ended && !pn_connection_driver_finished(&s->driver);
}

bool amqp_sender_is_ready(const struct amqp_sender *s) {
    return !s->ended && pn_link_credit(s->link) > 0 && pn_session_outgoing_bytes(s->session) < UNWRITTEN_BYTES_MAX;
}

void amqp_sender_send(struct amqp_sender *s, struct bytes message) {
    uint64_t tag = s->sent++;
    pn_delivery(s->link, pn_dtag((const char *)&tag, sizeof tag));
    pn_link_send(s->link, (const char *)message.start, message.size);
    pn_link_advance(s->link);
}

uint64_t amqp_sender_unsettled(const struct amqp_sender *s) { return s->sent - s->accepted - s->refused; }
uint64_t amqp_sender_accepted(const struct amqp_sender *s) { return s->accepted; }
uint64_t amqp_sender_refused(const struct amqp_sender *s) { return s->refused; }

void amqp_sender_free(struct amqp_sender *s) {
    if (s == NULL) return;
    close(s->socket);
    pn_connection_driver_destroy(&s->driver);
    free(s);
}
