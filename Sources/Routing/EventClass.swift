import Notifications

/// The event types of the 2019 service, which an endpoint's `eventTypes` may name (seeds, "Egress
/// and endpoints"). Each stands for a class of notifications:
///
/// | event type | notifications |
/// |---|---|
/// | `DeviceMessage` | telemetry: "raw telemetry events" |
/// | `SensorChange`, `SpaceChange` | `Twin.Update`: a change of state; a twin is neither sensor nor space, so both say the same |
/// | `TopologyOperation` | the rest: twins, twin proxies, edges and models that are created, changed, attached, detached or deleted |
/// | `UdfCustom` | events of a publisher's own type: CloudEvents whose `type` is none of the above |
///
/// A CloudEvent whose `type` is one of the five names themselves is of that class.
///
/// The 2019 service let `DeviceMessage` go to Event Hubs only and not together with other types;
/// here it goes wherever it is asked for.
public enum EventClass: String, Sendable, Hashable, CaseIterable {
    case deviceMessage = "DeviceMessage"
    case sensorChange = "SensorChange"
    case spaceChange = "SpaceChange"
    case topologyOperation = "TopologyOperation"
    case udfCustom = "UdfCustom"

    /// The classes of a notification, by its `type`.
    ///
    /// - Parameter event: what `type` stands for, where that is known.
    static func classes(of type: String, event: EventType?) -> [EventClass] {
        if let named = EventClass(rawValue: type) { return [named] }
        return switch event {
        case .telemetry: [.deviceMessage]
        case .twinUpdate: [.sensorChange, .spaceChange]
        case .some: [.topologyOperation]
        case nil: [.udfCustom]
        }
    }
}
