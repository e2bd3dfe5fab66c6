#ifndef TWINROUTE_CCBOR_SHIM_H
#define TWINROUTE_CCBOR_SHIM_H

/* Only the encoder that writes into a caller's buffer is used: no item of the library is ever
   allocated, so there is nothing to wrap. */
#include <cbor/encoding.h>

#endif
