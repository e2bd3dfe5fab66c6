/// The `traceparent` of W3C Trace Context (level 1, section 3.2): carried where an event brings a
/// valid one, begun where it does not.
public struct TraceParent: Sendable, Hashable {
    /// 32 lower-case hexadecimal digits, not all zero.
    public let traceID: String
    /// 16 lower-case hexadecimal digits, not all zero.
    public let spanID: String
    /// Bit 0: the trace is being recorded.
    public let flags: UInt8

    /// Nil for anything that is not a `traceparent` of version 00, or the beginning of one of a
    /// later version that reads like it.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 55, bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"), bytes[52] == UInt8(ascii: "-"),
            let version = Self.hexadecimal(bytes[0..<2]), version != 0xFF,
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == UInt8(ascii: "-"),
            Self.isID(bytes[3..<35]), Self.isID(bytes[36..<52]), let flags = Self.hexadecimal(bytes[53..<55])
        else { return nil }
        traceID = String(decoding: bytes[3..<35], as: UTF8.self)
        spanID = String(decoding: bytes[36..<52], as: UTF8.self)
        self.flags = flags
    }

    private init(traceID: String, spanID: String, flags: UInt8) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
    }

    /// A new trace, not recorded: whether to record is not for a bridge to say.
    public static func begin(using generator: inout some RandomNumberGenerator) -> TraceParent {
        TraceParent(
            traceID: identifier(using: &generator) + identifier(using: &generator),
            spanID: identifier(using: &generator), flags: 0)
    }

    /// The same trace with a span of its own, as each endpoint gets it (reference 1.2).
    public func child(using generator: inout some RandomNumberGenerator) -> TraceParent {
        TraceParent(traceID: traceID, spanID: Self.identifier(using: &generator), flags: flags)
    }

    /// `text` where it is valid, else a new trace, as the specification asks (section 3.2.2).
    public static func carriedOrBegun(
        _ text: String?, using generator: inout some RandomNumberGenerator
    ) -> String {
        if let text, TraceParent(text) != nil { return text }
        return begin(using: &generator).description
    }

    private static func identifier(using generator: inout some RandomNumberGenerator) -> String {
        // Not zero, which the specification keeps for "none".
        let text = String(UInt64.random(in: 1...UInt64.max, using: &generator), radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f")
    }

    private static func isID(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy(isLowerHexadecimal) && bytes.contains { $0 != UInt8(ascii: "0") }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> UInt8? {
        guard bytes.allSatisfy(isLowerHexadecimal) else { return nil }
        return UInt8(String(decoding: bytes, as: UTF8.self), radix: 16)
    }
}

extension TraceParent: CustomStringConvertible {
    public var description: String {
        "00-\(traceID)-\(spanID)-\(flags < 16 ? "0" : "")\(String(flags, radix: 16))"
    }
}
