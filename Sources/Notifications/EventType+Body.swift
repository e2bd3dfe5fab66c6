extension EventType {
    /// What the body of an event of this type looks like (seeds, "Body details" of each type).
    public enum BodyShape: Sendable, Hashable {
        /// The publisher's own bytes, of any content type.
        case free
        /// A JSON object: the twin, edge or model, or in `ga` an update's `modelId` and `patch`.
        case object
        /// A JSON Patch: an array of operations.
        case patch
        case none
    }

    public func bodyShape(in dialect: Dialect) -> BodyShape {
        switch self {
        case .telemetry: .free
        case .twinCreate, .twinDelete, .twinProxyCreate, .twinProxyDelete, .twinProxyAttach, .twinProxyDetach,
            .edgeCreate, .edgeDelete, .modelDelete:
            .object
        // The preview sends the bare patch, general availability wraps it (reference 1.5).
        case .twinUpdate, .edgeUpdate: dialect == .ga ? .object : .patch
        case .modelDecom: .patch
        case .modelUpload, .modelReload, .modelPatch: .none
        }
    }

    public var hasBody: Bool {
        bodyShape(in: .preview) != .none
    }

    /// The value of `datacontenttype`; nil where there is no body. Telemetry that says nothing
    /// else is JSON. A decommissioned model's patch is plain `application/json` in the seeds.
    public func defaultContentType(in dialect: Dialect) -> String? {
        switch self {
        case .modelUpload, .modelReload, .modelPatch: nil
        case .twinUpdate, .edgeUpdate: dialect == .ga ? "application/json" : "application/json-patch+json"
        default: "application/json"
        }
    }

    /// Whether the event is about an object that begins anew, so that its sequence starts at 1 again.
    public var beginsSubject: Bool {
        switch self {
        case .twinCreate, .twinProxyCreate, .edgeCreate, .modelUpload: true
        default: false
        }
    }
}
