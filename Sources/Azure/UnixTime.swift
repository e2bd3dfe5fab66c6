import Foundation

/// The wall clock, which tokens and messages are dated by.
public enum UnixTime {
    /// Seconds since 1970.
    public static var now: Int64 { Int64(Date().timeIntervalSince1970) }
    /// Milliseconds since 1970.
    static var milliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
