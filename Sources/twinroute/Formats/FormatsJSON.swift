import Foundation

/// The images of an event as one JSON object, for programs.
enum FormatsJSON {
    static func text(of images: [ProtocolImage]) throws -> String {
        var object: [String: Any] = [:]
        for image in images {
            var entry: [String: Any] = [:]
            for part in image.parts {
                entry[part.name] = Dictionary(part.fields.map { ($0.name, $0.value) }) { first, _ in first }
            }
            if let text = String(validating: image.body, as: UTF8.self) {
                entry["body"] = text
            } else {
                entry["body_base64"] = Data(image.body).base64EncodedString()
            }
            object[image.key] = entry
        }
        let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
