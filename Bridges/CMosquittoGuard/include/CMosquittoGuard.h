#ifndef TWINROUTE_CMOSQUITTO_GUARD_H
#define TWINROUTE_CMOSQUITTO_GUARD_H

struct mosquitto;

/* mosquitto_loop_read(client, 1), which ends in MOSQ_ERR_MALFORMED_PACKET where libmosquitto 2.0.11
 * would end the process: at a property identifier that MQTT 5 does not define it logs with no
 * client, and its log asserts that there is one. After that the client is only good for
 * mosquitto_destroy; what the library had read of the packet leaks, some hundred bytes. */
int twinroute_guarded_loop_read(struct mosquitto *client);

#endif
