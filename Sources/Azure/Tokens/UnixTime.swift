import Foundation

/// The wall clock, which tokens are dated by.
public enum UnixTime {
    /// Seconds since 1970.
    public static var now: Int64 { Int64(Date().timeIntervalSince1970) }
}
