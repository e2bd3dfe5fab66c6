/// A topic with named places, such as `devices/{subject}/messages/events/{properties...}`.
///
/// A named place stands for one whole level; `{properties...}` stands for the rest of the topic,
/// which may be empty, and comes last. `+` and `#` mean what MQTT means by them, without a name.
/// A template may begin with `$share/<group>/` (MQTT 5, 4.8.2).
public struct TopicTemplate: Sendable, Hashable {
    public enum Level: Sendable, Hashable {
        case literal(String)
        /// `{name}`: one level, kept under the name.
        case named(String)
        /// `+`: one level that nobody keeps.
        case anyLevel
        /// `{properties...}`: a property bag of no, one or more levels; last.
        case properties
        /// `#`: no, one or more levels that nobody keeps; last.
        case anyRest
    }

    /// As it was written.
    public let text: String
    public let levels: [Level]
    /// The group of a shared subscription.
    public let shareGroup: String?

    public init(parsing text: String) throws(TopicTemplateError) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= 65_535 else { throw .tooLong }
        guard !text.utf8.contains(0) else { throw .nullCharacter }
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var group: String?
        if parts.first == "$share" {
            guard parts.count >= 3, !parts[1].isEmpty, !parts[1].contains(where: { "+#{}".contains($0) }),
                parts.count > 3 || !parts[2].isEmpty
            else { throw .badShareGroup }
            group = parts[1]
            parts.removeFirst(2)
        }
        var levels: [Level] = []
        var names: Set<String> = []
        for (index, part) in parts.enumerated() {
            let level = try Self.level(part)
            if level == .properties || level == .anyRest {
                guard index == parts.count - 1 else { throw .notLast(part) }
            }
            if case .named(let name) = level {
                guard names.insert(name).inserted else { throw .duplicateName(name) }
            }
            levels.append(level)
        }
        self.text = text
        self.levels = levels
        self.shareGroup = group
    }

    /// A template that is put together in code: no name twice, a rest only at the end.
    public init(levels: [Level], shareGroup: String? = nil) {
        let topic = levels.map { level in
            switch level {
            case .literal(let text): text
            case .named(let name): "{\(name)}"
            case .anyLevel: "+"
            case .properties: "{properties...}"
            case .anyRest: "#"
            }
        }.joined(separator: "/")
        self.text = shareGroup.map { "$share/\($0)/\(topic)" } ?? topic
        self.levels = levels
        self.shareGroup = shareGroup
    }

    /// What is subscribed to at the broker.
    public var topicFilter: String {
        let filter = levels.map { level in
            switch level {
            case .literal(let text): text
            case .named, .anyLevel: "+"
            case .properties, .anyRest: "#"
            }
        }.joined(separator: "/")
        return shareGroup.map { "$share/\($0)/\(filter)" } ?? filter
    }

    /// Whether some topic matches both templates. A broker may then deliver a message once for
    /// each of the two subscriptions (MQTT 5, 3.3.4); Debian's mosquitto does.
    public func overlaps(_ other: TopicTemplate) -> Bool {
        var index = 0
        while true {
            let left = index < levels.count ? levels[index] : nil
            let right = index < other.levels.count ? other.levels[index] : nil
            if let left, left.isRest { return index > 0 || !other.startsWithDollar }
            if let right, right.isRest { return index > 0 || !startsWithDollar }
            switch (left, right) {
            case (nil, nil): return true
            case (nil, _), (_, nil): return false
            case (.literal(let left), .literal(let right)): if left != right { return false }
            // A wildcard in the first level matches no topic that begins with `$` (MQTT 5, 4.7.2).
            case (.literal(let text), _), (_, .literal(let text)): if index == 0, text.hasPrefix("$") { return false }
            default: break
            }
            index += 1
        }
    }

    private var startsWithDollar: Bool {
        if case .literal(let text) = levels.first { text.hasPrefix("$") } else { false }
    }

    private static func level(_ part: String) throws(TopicTemplateError) -> Level {
        switch part {
        case "+": return .anyLevel
        case "#": return .anyRest
        case "{properties...}": return .properties
        default: break
        }
        guard part.hasPrefix("{"), part.hasSuffix("}"), part.count > 1 else {
            if part.contains(where: { "{}".contains($0) }) { throw .partialLevel(part) }
            if part.contains(where: { "+#".contains($0) }) { throw .strayWildcard(part) }
            return .literal(part)
        }
        let name = String(part.dropFirst().dropLast())
        if name == "properties" { throw .propertiesWithoutDots }
        if name.hasSuffix("...") { throw .unknownRest(part) }
        guard let first = name.utf8.first, isLetter(first), name.utf8.allSatisfy({ isLetter($0) || isDigit($0) }) else {
            throw .badName(part)
        }
        return .named(name)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension TopicTemplate.Level {
    fileprivate var isRest: Bool { self == .properties || self == .anyRest }
}

extension TopicTemplate: CustomStringConvertible {
    public var description: String { text }
}
