#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

size_t event_write(char *out, size_t capacity, const struct event *event, size_t size_min) {
    static const char tail[] = "\"}";
    int head = snprintf(out, capacity, "{\"device\":\"d%u\",\"n\":%u,\"us\":%llu,\"pad\":\"", event->device,
                        event->number, (unsigned long long)event->sent_us);
    if (head < 0 || (size_t)head + sizeof tail > capacity) return 0;
    size_t size = (size_t)head;
    size_t target = size_min < capacity ? size_min : capacity;
    if (target > size + 2) {
        memset(out + size, 'x', target - 2 - size);
        size = target - 2;
    }
    memcpy(out + size, tail, 2);
    return size + 2;
}

static bool read_number(struct bytes body, const char *key, uint64_t *value) {
    const uint8_t *at = memmem(body.start, body.size, key, strlen(key));
    if (at == NULL) return false;
    const uint8_t *end = body.start + body.size;
    at += strlen(key);
    if (at == end || *at < '0' || *at > '9') return false;
    uint64_t number = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        if (number > UINT64_MAX / 10 - 1) return false;
        number = number * 10 + (uint64_t)(*at - '0');
    }
    *value = number;
    return true;
}

bool event_read(struct bytes body, struct event *event) {
    uint64_t device, number, sent_us;
    if (!read_number(body, "\"device\":\"d", &device) || device > UINT32_MAX) return false;
    if (!read_number(body, "\"n\":", &number) || number > UINT32_MAX) return false;
    if (!read_number(body, "\"us\":", &sent_us)) sent_us = 0;
    *event = (struct event){(uint32_t)device, (uint32_t)number, sent_us};
    return true;
}

// --- reading -------------------------------------------------------------------------------

static uint32_t big_endian(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// Length of a primitive with its constructor byte (AMQP 1.0 part 1, 1.2), 0 when cut short.
static size_t value_size(struct bytes b) {
    if (b.size < 1) return 0;
    size_t size;
    switch (b.start[0] >> 4) {
    case 0x4: size = 1; break;
    case 0x5: size = 2; break;
    case 0x6: size = 3; break;
    case 0x7: size = 5; break;
    case 0x8: size = 9; break;
    case 0x9: size = 17; break;
    case 0xA: case 0xC: case 0xE:
        if (b.size < 2) return 0;
        size = 2u + b.start[1];
        break;
    case 0xB: case 0xD: case 0xF:
        if (b.size < 5) return 0;
        size = 5u + (size_t)big_endian(b.start + 1);
        break;
    default: return 0;
    }
    return size <= b.size ? size : 0;
}

enum { SECTION_DATA = 0x75 };

// Section code of a described section and the length of its head; 0 when it is none.
static size_t section_head(struct bytes b, uint64_t *code) {
    if (b.size < 3 || b.start[0] != 0x00) return 0;
    if (b.start[1] == 0x53) {
        *code = b.start[2];
        return 3;
    }
    if (b.start[1] == 0x80 && b.size >= 10) {
        *code = (uint64_t)big_endian(b.start + 2) << 32 | big_endian(b.start + 6);
        return 10;
    }
    return 0;
}

bool amqp_next_data(struct bytes *rest, struct bytes *data) {
    while (rest->size > 0) {
        uint64_t code;
        size_t head = section_head(*rest, &code);
        if (head == 0) return false;
        struct bytes value = {rest->start + head, rest->size - head};
        size_t size = value_size(value);
        if (size == 0) return false;
        rest->start = value.start + size;
        rest->size = value.size - size;
        if (code != SECTION_DATA) continue;
        size_t prefix = value.start[0] == 0xA0 ? 2 : value.start[0] == 0xB0 ? 5 : 0;
        if (prefix == 0) return false;
        *data = (struct bytes){value.start + prefix, size - prefix};
        return true;
    }
    return false;
}

bool amqp_is_message(struct bytes data) {
    uint64_t code;
    return section_head(data, &code) != 0 && code >= 0x70 && code <= 0x78;
}

// --- writing -------------------------------------------------------------------------------

struct writer {
    uint8_t *at;
    uint8_t *end;
    bool full;
};

static void put(struct writer *w, const void *bytes, size_t size) {
    if ((size_t)(w->end - w->at) < size) {
        w->full = true;
        return;
    }
    memcpy(w->at, bytes, size);
    w->at += size;
}

static void put_byte(struct writer *w, uint8_t byte) { put(w, &byte, 1); }

static void put_u32(struct writer *w, uint32_t value) {
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    put(w, bytes, 4);
}

static void put_text(struct writer *w, uint8_t constructor, const char *text, size_t size) {
    put_byte(w, constructor);
    put_byte(w, (uint8_t)size);
    put(w, text, size);
}

static void put_property(struct writer *w, const char *name, const char *text, size_t size) {
    put_text(w, 0xA1, name, strlen(name));
    put_text(w, 0xA1, text, size);
}

size_t amqp_write_message(uint8_t *out, size_t capacity, struct bytes subject, uint32_t sequence,
                          struct bytes body) {
    if (subject.size > 128) subject.size = 128;
    struct writer w = {out, out + capacity, false};
    const char *name = (const char *)subject.start;
    char id[160], number[16];
    int id_size = snprintf(id, sizeof id, "%.*s-%u", (int)subject.size, name, sequence);
    int number_size = snprintf(number, sizeof number, "%u", sequence);

    static const char content_type[] = "application/json";
    put(&w, "\x00\x53\x73\xC0", 4);  // properties: list8 of 7 fields
    put_byte(&w, (uint8_t)(1 + 2 + id_size + 5 + 2 + sizeof content_type - 1));
    put_byte(&w, 7);
    put_text(&w, 0xA1, id, (size_t)id_size);
    put(&w, "\x40\x40\x40\x40\x40", 5);
    put_text(&w, 0xA3, content_type, sizeof content_type - 1);

    put(&w, "\x00\x53\x74\xD1", 4);  // application properties: map32
    uint8_t *size_at = w.at;
    put_u32(&w, 0);
    put_u32(&w, 16);
    put_property(&w, "cloudEvents:specversion", "1.0", 3);
    put_property(&w, "cloudEvents:id", id, (size_t)id_size);
    put_property(&w, "cloudEvents:source", "floor", 5);
    put_property(&w, "cloudEvents:type", "microsoft.iot.telemetry", 23);
    put_property(&w, "cloudEvents:subject", name, subject.size);
    put_property(&w, "cloudEvents:time", "2026-01-01T00:00:00.000Z", 24);
    put_property(&w, "cloudEvents:sequence", number, (size_t)number_size);
    put_property(&w, "cloudEvents:sequencetype", "Integer", 7);
    if (w.full) return 0;
    struct writer size_writer = {size_at, size_at + 4, false};
    put_u32(&size_writer, (uint32_t)(w.at - size_at - 4));

    put(&w, "\x00\x53\x75\xB0", 4);
    put_u32(&w, (uint32_t)body.size);
    put(&w, body.start, body.size);
    return w.full ? 0 : (size_t)(w.at - out);
}
