#include "sasl-any.h"

#include <proton/sasl.h>
#include <proton/sasl_plugin.h>
#include <string.h>

static void ignore(pn_transport_t *transport) { (void)transport; }

static const char *list_mechanisms(pn_transport_t *transport) {
    (void)transport;
    return "ANONYMOUS PLAIN";
}

static bool init_server(pn_transport_t *transport) {
    pnx_sasl_set_desired_state(transport, SASL_POSTED_MECHANISMS);
    return true;
}

static bool init_client(pn_transport_t *transport) {
    (void)transport;
    return false;
}

static void process_init(pn_transport_t *transport, const char *mechanism, const pn_bytes_t *response) {
    (void)response;
    if (strcmp(mechanism, "ANONYMOUS") == 0 || strcmp(mechanism, "PLAIN") == 0) {
        pnx_sasl_set_succeeded(transport, "anyone", "anyone");
    } else {
        pnx_sasl_set_failed(transport);
    }
    pnx_sasl_set_desired_state(transport, SASL_POSTED_OUTCOME);
}

static void process_bytes(pn_transport_t *transport, const pn_bytes_t *bytes) {
    (void)bytes;
    pnx_sasl_set_failed(transport);
    pnx_sasl_set_desired_state(transport, SASL_POSTED_OUTCOME);
}

static bool process_mechanisms(pn_transport_t *transport, const char *mechanisms) {
    (void)transport;
    (void)mechanisms;
    return false;
}

static bool can_encrypt(pn_transport_t *transport) {
    (void)transport;
    return false;
}

static ssize_t max_encrypt_size(pn_transport_t *transport) {
    (void)transport;
    return 0;
}

static ssize_t no_layer(pn_transport_t *transport, pn_bytes_t in, pn_bytes_t *out) {
    (void)transport;
    (void)in;
    (void)out;
    return 0;
}

void sasl_any_install(pn_transport_t *transport) {
    static const pnx_sasl_implementation implementation = {
        .free = ignore,
        .list_mechanisms = list_mechanisms,
        .init_server = init_server,
        .init_client = init_client,
        .prepare_write = ignore,
        .process_init = process_init,
        .process_response = process_bytes,
        .process_mechanisms = process_mechanisms,
        .process_challenge = process_bytes,
        .process_outcome = process_bytes,
        .can_encrypt = can_encrypt,
        .max_encrypt_size = max_encrypt_size,
        .encode = no_layer,
        .decode = no_layer,
    };
    pn_sasl(transport);
    pnx_sasl_set_implementation(transport, &implementation, NULL);
}
