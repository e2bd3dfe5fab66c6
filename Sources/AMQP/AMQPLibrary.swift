import CProton

/// The C library underneath.
public enum AMQPLibrary {
    /// Qpid Proton's version, as its headers have it.
    public static var version: String { "\(PN_VERSION_MAJOR).\(PN_VERSION_MINOR).\(PN_VERSION_POINT)" }
}
