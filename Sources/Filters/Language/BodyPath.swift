/// `$body.items[*].value`, `$patch['/Temperature'].value`: a place inside the body.
struct BodyPath: Sendable, Hashable {
    enum Root: UInt8, Sendable, Hashable {
        /// The body itself.
        case body
        /// The JSON Patch of an update: the member `patch` of the body, or the body where it is an
        /// array (reference 1.3 and 1.5).
        case patch
    }

    enum Step: Sendable, Hashable {
        case member([UInt8])
        case index(Int32)
        case any
        /// The last operation of a patch whose `path` is this.
        case operation([UInt8])
    }

    var root: Root
    var steps: [Step]

    /// Stands for several values: the path has `[*]`.
    var isMany: Bool { steps.contains(.any) }
}
