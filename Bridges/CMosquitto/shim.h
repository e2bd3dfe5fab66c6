#ifndef TWINROUTE_CMOSQUITTO_SHIM_H
#define TWINROUTE_CMOSQUITTO_SHIM_H

#include <mosquitto.h>
#include <mqtt_protocol.h>

#endif
