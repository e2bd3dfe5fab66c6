/// What a Content-Type says of how a body may be written in JSON.
enum MediaType {
    static let json = "application/json"
    static let cloudEventsJSON = "application/cloudevents+json"
    static let cloudEventsBatchJSON = "application/cloudevents-batch+json"
    static let cloudEventsProtobuf = "application/cloudevents+protobuf"

    /// Type and subtype in lower case, without parameters.
    static func essence(_ contentType: String) -> String {
        let end = contentType.firstIndex(of: ";") ?? contentType.endIndex
        return contentType[..<end].trimmingSpaces.lowercased()
    }

    /// `*/json` or `*+json`; a missing type means JSON too (CloudEvents JSON format, section 3.1).
    static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return true }
        if contentType == json { return true }
        let essence = essence(contentType)
        return essence.hasSuffix("/json") || essence.hasSuffix("+json")
    }

    /// Types whose bodies people read: these go into JSON as a string, if they are UTF-8.
    static func isText(_ contentType: String) -> Bool {
        let essence = essence(contentType)
        return essence.hasPrefix("text/") || essence.hasSuffix("/xml") || essence.hasSuffix("+xml")
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = firstIndex { !isBlank($0) } ?? endIndex
        let end = lastIndex { !isBlank($0) }.map { index(after: $0) } ?? start
        return self[start..<end]
    }
}
