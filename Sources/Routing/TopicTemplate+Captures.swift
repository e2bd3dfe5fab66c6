extension TopicTemplate {
    /// What the named places hold in this topic, or `nil` where the topic does not match.
    ///
    /// As with MQTT's `#`, a rest also matches its own parent level; it is then empty.
    public func captures(of topic: String) -> TopicCaptures? {
        var captures = TopicCaptures()
        var remaining = topic[...].utf8
        var isExhausted = false
        for level in levels {
            switch level {
            case .properties:
                captures.properties = isExhausted ? "" : String(Substring(remaining))
                return captures
            case .anyRest:
                return captures
            case .literal, .named, .anyLevel:
                guard !isExhausted else { return nil }
            }
            let end = remaining.firstIndex(of: UInt8(ascii: "/"))
            let part = remaining[..<(end ?? remaining.endIndex)]
            switch level {
            case .literal(let text):
                guard part.elementsEqual(text.utf8) else { return nil }
            case .named(let name):
                captures.add(name, String(Substring(part)))
            case .anyLevel, .properties, .anyRest:
                break
            }
            if let end {
                remaining = remaining[remaining.index(after: end)...]
            } else {
                isExhausted = true
            }
        }
        return isExhausted ? captures : nil
    }

    /// What a member of a shared subscription subscribes to; a template that names a group of its
    /// own keeps it.
    public func sharedTopicFilter(group: String) -> String {
        shareGroup == nil ? "$share/\(group)/\(topicFilter)" : topicFilter
    }
}

/// The values of a template's named places in one topic.
public struct TopicCaptures: Sendable, Hashable {
    private struct Entry: Sendable, Hashable {
        var name: String
        var value: String
    }

    private var entries: [Entry] = []
    /// The property bag, where the template has a place for one.
    public internal(set) var properties: String?

    /// Of a topic without named places.
    public init() {}

    mutating func add(_ name: String, _ value: String) {
        entries.append(Entry(name: name, value: value))
    }

    public subscript(name: String) -> String? {
        entries.first { $0.name == name }?.value
    }
}
