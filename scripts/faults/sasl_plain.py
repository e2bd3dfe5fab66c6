"""SASL for a listener on Qpid Proton's Python binding: PLAIN and ANONYMOUS, decided by a function.

Debian builds Proton without Cyrus SASL, so that a listener offers ANONYMOUS and EXTERNAL only. The
library has a hook for an implementation of one's own (proton/sasl_plugin.h); this fills it in.
"""

import ctypes

_library = ctypes.CDLL("libqpid-proton-core.so.10")
_transport = ctypes.c_void_p
_library.pnx_sasl_set_desired_state.argtypes = [_transport, ctypes.c_int]
_library.pnx_sasl_set_succeeded.argtypes = [_transport, ctypes.c_char_p, ctypes.c_char_p]
_library.pnx_sasl_set_failed.argtypes = [_transport]
POSTED_MECHANISMS, POSTED_OUTCOME = 2, 7


class _Bytes(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("start", ctypes.POINTER(ctypes.c_char))]


_on = ctypes.CFUNCTYPE(None, _transport)
_on_list = ctypes.CFUNCTYPE(ctypes.c_void_p, _transport)
_on_ask = ctypes.CFUNCTYPE(ctypes.c_bool, _transport)
_on_init = ctypes.CFUNCTYPE(None, _transport, ctypes.c_char_p, ctypes.POINTER(_Bytes))
_on_mechanisms = ctypes.CFUNCTYPE(ctypes.c_bool, _transport, ctypes.c_char_p)
_on_bytes = ctypes.CFUNCTYPE(None, _transport, ctypes.POINTER(_Bytes))
_on_size = ctypes.CFUNCTYPE(ctypes.c_ssize_t, _transport)
_on_layer = ctypes.CFUNCTYPE(ctypes.c_ssize_t, _transport, _Bytes, ctypes.POINTER(_Bytes))


class _Implementation(ctypes.Structure):
    _fields_ = [("free", _on), ("list_mechanisms", _on_list), ("init_server", _on_ask), ("init_client", _on_ask),
                ("prepare_write", _on), ("process_init", _on_init), ("process_response", _on_bytes),
                ("process_mechanisms", _on_mechanisms), ("process_challenge", _on_bytes),
                ("process_outcome", _on_bytes), ("can_encrypt", _on_ask), ("max_encrypt_size", _on_size),
                ("encode", _on_layer), ("decode", _on_layer)]


_kept = []  # Proton keeps pointers into these


def install(may_sign_in):
    """For every listener of this process from now on. `may_sign_in(user, password)` says who may;
    both are None with ANONYMOUS."""
    mechanisms = ctypes.create_string_buffer(b"PLAIN ANONYMOUS")

    def init_server(transport):
        _library.pnx_sasl_set_desired_state(transport, POSTED_MECHANISMS)
        return True

    def process_init(transport, mechanism, response):
        user = password = None
        if mechanism == b"PLAIN":
            whole = ctypes.string_at(response.contents.start, response.contents.size)
            _, user, password = (part.decode(errors="replace") for part in (whole.split(b"\0") + [b"", b""])[:3])
        if mechanism in (b"PLAIN", b"ANONYMOUS") and may_sign_in(user, password):
            name = (user or "anonymous").encode()
            _library.pnx_sasl_set_succeeded(transport, name, name)
        else:
            _library.pnx_sasl_set_failed(transport)
        _library.pnx_sasl_set_desired_state(transport, POSTED_OUTCOME)

    def refuse(transport, _):
        _library.pnx_sasl_set_failed(transport)
        _library.pnx_sasl_set_desired_state(transport, POSTED_OUTCOME)

    implementation = _Implementation(
        free=_on(lambda _: None), list_mechanisms=_on_list(lambda _: ctypes.addressof(mechanisms)),
        init_server=_on_ask(init_server), init_client=_on_ask(lambda _: False), prepare_write=_on(lambda _: None),
        process_init=_on_init(process_init), process_response=_on_bytes(refuse),
        process_mechanisms=_on_mechanisms(lambda *_: False), process_challenge=_on_bytes(refuse),
        process_outcome=_on_bytes(refuse), can_encrypt=_on_ask(lambda _: False), max_encrypt_size=_on_size(lambda _: 0),
        encode=_on_layer(lambda *_: 0), decode=_on_layer(lambda *_: 0))
    _kept.extend((mechanisms, implementation))
    _library.pnx_sasl_set_default_implementation(ctypes.byref(implementation))
