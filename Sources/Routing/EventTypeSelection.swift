import Notifications

/// The `eventTypes` of an endpoint: names of the 2019 service (``EventClass``) and values of the
/// attribute `type`.
///
/// A notification type of the seeds may be written in either dialect and in any case: it stands for
/// the notification, not for its spelling. Any other `type` is compared as it is.
public struct EventTypeSelection: Sendable, Hashable {
    private let classes: Set<EventClass>
    private let events: Set<EventType>
    private let names: Set<String>
    private let serviceName: String

    public init(_ eventTypes: [String], serviceName: String = EventType.defaultServiceName) {
        var classes: Set<EventClass> = []
        var events: Set<EventType> = []
        var names: Set<String> = []
        for name in eventTypes {
            if let known = EventClass(rawValue: name) {
                classes.insert(known)
            } else if let event = EventType(name: name, serviceName: serviceName) {
                events.insert(event)
            } else {
                names.insert(name)
            }
        }
        self.classes = classes
        self.events = events
        self.names = names
        self.serviceName = serviceName
    }

    public func contains(type: String) -> Bool {
        if names.contains(type) { return true }
        let event = EventType(name: type, serviceName: serviceName)
        if let event, events.contains(event) { return true }
        return EventClass.classes(of: type, event: event).contains(where: classes.contains)
    }
}

extension EventTypeSelection {
    /// The known name that `name`, which is none, may be meant to be; `nil` for a publisher's own.
    public static func nearestName(to name: String, serviceName: String = EventType.defaultServiceName) -> String? {
        guard EventClass(rawValue: name) == nil, EventType(name: name, serviceName: serviceName) == nil else { return nil }
        let types = Dialect.allCases.flatMap { dialect in
            EventType.allCases.map { $0.name(in: dialect, serviceName: serviceName) }
        }
        return Spelling.nearest(to: name, among: EventClass.allCases.map(\.rawValue) + types)
    }
}
