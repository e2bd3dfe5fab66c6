/// The two bytes that begin an event's header.
struct EventFlags: OptionSet {
    let rawValue: UInt16

    // "Same" means: equal to the value of the event before it in the row.
    static let sameSource = EventFlags(rawValue: 1 << 0)
    static let sameType = EventFlags(rawValue: 1 << 1)
    static let subject = EventFlags(rawValue: 1 << 2)
    static let sameSubject = EventFlags(rawValue: 1 << 3)
    static let time = EventFlags(rawValue: 1 << 4)
    static let sameTime = EventFlags(rawValue: 1 << 5)
    static let contentType = EventFlags(rawValue: 1 << 6)
    static let sameContentType = EventFlags(rawValue: 1 << 7)
    static let schema = EventFlags(rawValue: 1 << 8)
    static let sameSchema = EventFlags(rawValue: 1 << 9)
    static let traceParent = EventFlags(rawValue: 1 << 10)
    static let extensions = EventFlags(rawValue: 1 << 11)
    static let properties = EventFlags(rawValue: 1 << 12)
    static let messageFields = EventFlags(rawValue: 1 << 13)
    static let bodyInHeaders = EventFlags(rawValue: 1 << 14)
    static let sameEndpoints = EventFlags(rawValue: 1 << 15)
}
