// The event that the load is made of, and the AMQP 1.0 message that carries it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
    uint32_t device;
    uint32_t number;   // counts up from 1 per device
    uint64_t sent_us;  // CLOCK_MONOTONIC of the publisher
};

struct bytes {
    const uint8_t *start;
    size_t size;
};

// {"device":"d17","n":123,"us":456,"pad":"xxxx"} of at least `size_min` bytes. Returns its length,
// at most `capacity`.
size_t event_write(char *out, size_t capacity, const struct event *event, size_t size_min);

// Reads what event_write wrote; other members and their order do not matter.
bool event_read(struct bytes body, struct event *event);

// Finds the next data section of an AMQP message in `rest` and moves `rest` past it. False at the
// end or on malformed bytes. A batch (message format 0x80013700) is a message whose data sections
// are messages themselves: amqp_is_message tells.
bool amqp_next_data(struct bytes *rest, struct bytes *data);
bool amqp_is_message(struct bytes data);

// A telemetry message in the shape the bridge sends: message-id, content type, eight application
// properties, one data section. Returns its length, or 0 when it does not fit.
size_t amqp_write_message(uint8_t *out, size_t capacity, struct bytes subject, uint32_t sequence,
                          struct bytes body);

uint64_t now_us(void);
