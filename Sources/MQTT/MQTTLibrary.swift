import CMosquitto

/// The C library that this module wraps.
public enum MQTTLibrary {
    /// Version of the libmosquitto that is loaded, such as `2.0.11`.
    public static var version: String {
        var major: Int32 = 0
        var minor: Int32 = 0
        var revision: Int32 = 0
        _ = mosquitto_lib_version(&major, &minor, &revision)
        return "\(major).\(minor).\(revision)"
    }

    /// The library's global state, set up once a process and never torn down: connections of
    /// other threads may still use it.
    private static let initialized: Int32 = mosquitto_lib_init()

    static func initialize() throws(ConnectionFailure) {
        guard initialized == MOSQ_ERR_SUCCESS.rawValue else {
            throw .library(code: initialized, detail: "the library's global initialization failed")
        }
    }
}
