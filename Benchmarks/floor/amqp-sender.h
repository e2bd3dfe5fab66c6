// One AMQP 1.0 connection with one sending link, on a non-blocking socket that the caller polls.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct amqp_sender;

// Connects to 127.0.0.1. NULL when nothing listens there (errno tells).
struct amqp_sender *amqp_sender_connect(unsigned port, const char *address);

int amqp_sender_socket(const struct amqp_sender *sender);
short amqp_sender_poll_events(struct amqp_sender *sender);

// Reads, handles and writes what there is. False when the connection has ended.
bool amqp_sender_turn(struct amqp_sender *sender);

// Whether the peer's credit and the size of what is not yet written allow one more.
bool amqp_sender_is_ready(const struct amqp_sender *sender);
void amqp_sender_send(struct amqp_sender *sender, struct bytes message);

uint64_t amqp_sender_unsettled(const struct amqp_sender *sender);
uint64_t amqp_sender_accepted(const struct amqp_sender *sender);
uint64_t amqp_sender_refused(const struct amqp_sender *sender);

void amqp_sender_free(struct amqp_sender *sender);
