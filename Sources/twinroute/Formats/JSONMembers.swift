import Foundation

/// The members of a JSON object as one flat list.
enum JSONMembers {
    /// Strings, numbers and truth values with their paths, such as `data.properties.room`; not what is in arrays.
    static func paths(of bytes: [UInt8]) -> [ProtocolImage.Field] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else { return [] }
        return paths(of: object, prefix: "")
    }

    private static func paths(of object: [String: Any], prefix: String) -> [ProtocolImage.Field] {
        object.flatMap { name, value -> [ProtocolImage.Field] in
            switch value {
            case let inner as [String: Any]: paths(of: inner, prefix: "\(prefix)\(name).")
            case let text as String: [ProtocolImage.Field(name: prefix + name, value: text)]
            case is [Any], is NSNull: []
            default: [ProtocolImage.Field(name: prefix + name, value: "\(value)")]
            }
        }
    }
}
