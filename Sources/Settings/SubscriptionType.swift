import Notifications

/// What the messages of a subscription are.
public enum SubscriptionType: Sendable, Hashable {
    /// The body of an event of the given type: raw telemetry, or a twin event with the fields of the seeds.
    case event(EventType)
    /// A complete CloudEvent, in whichever mode it comes.
    case cloudEvent

    /// As the configuration writes it: `telemetry`, `twin-update`, …, `cloud-event`.
    public var name: String {
        switch self {
        case .event(let type): Self.kebabCase(type.rawValue)
        case .cloudEvent: "cloud-event"
        }
    }

    public static let all: [SubscriptionType] = EventType.allCases.map(SubscriptionType.event) + [.cloudEvent]

    private static func kebabCase(_ name: String) -> String {
        name.reduce(into: "") { text, letter in
            text += letter.isUppercase ? "-\(letter.lowercased())" : String(letter)
        }
    }
}
