/// Keeps the publisher's property names apart from the names that a protocol or this bridge gives
/// a meaning.
///
/// A property keeps its own name wherever that name means nothing else. Where it does, `@` goes in
/// front (as IoT Hub's MQTT 5 interface marks every application property, reference 6.3); a name
/// that looks like such a marked one gets one more, so that taking one off always gives the name back.
enum PropertyName {
    private static let mark = UInt8(ascii: "@")

    /// The name to write. `isReserved` sees the name without its marks.
    static func marked(_ name: String, where isReserved: (Substring.UTF8View) -> Bool) -> String {
        isReserved(name.utf8.drop { $0 == mark }) ? "@\(name)" : name
    }

    /// The publisher's name of one that was read.
    static func unmarked(_ name: String, where isReserved: (Substring.UTF8View) -> Bool) -> String {
        guard name.utf8.first == mark, isReserved(name.utf8.drop { $0 == mark }) else { return name }
        return String(name.dropFirst())
    }
}

extension PropertyName {
    /// The name under which a property from a publisher is kept: his own, unless he chose one of
    /// ``SystemAnnotation``.
    static func ofPublisher(_ name: String) -> String {
        SystemAnnotation.isReserved(name) ? "@\(name)" : name
    }
}
