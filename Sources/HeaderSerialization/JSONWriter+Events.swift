import Notifications

extension JSONWriter {
    /// A context attribute: boolean and integer as such, everything else as its canonical string.
    static func appendMember(_ name: String, _ value: AttributeValue, to output: inout [UInt8]) {
        appendName(name, to: &output)
        switch value {
        case .boolean, .integer: output += value.text.utf8
        default: append(value.text, to: &output)
        }
    }

    /// The body as the member `data` or `data_base64`, after the rules of ``JSONEventFormat``.
    static func appendBody(of notification: Notification, to output: inout [UInt8]) throws(SerializationError) {
        let body = notification.body
        guard !body.isEmpty else { return }
        if MediaType.isJSON(notification.dataContentType) {
            do throws(JSONError) {
                try JSONScanner.validate(body)
                appendName("data", to: &output)
                output += body
                return
            } catch {
                // Without a content type nobody claimed JSON.
                if notification.dataContentType != nil { throw SerializationError("body", .bodyNotJSON(error)) }
            }
        } else if let type = notification.dataContentType, MediaType.isText(type),
            let text = String(validating: body, as: UTF8.self)
        {
            appendMember("data", text, to: &output)
            return
        }
        appendName("data_base64", to: &output)
        output.append(UInt8(ascii: "\""))
        Base64.encode(body, into: &output)
        output.append(UInt8(ascii: "\""))
    }

    /// The notifications as an array. `body` appends one and throws with nothing appended.
    static func appendArray(
        _ notifications: some Sequence<Notification>, to output: inout [UInt8],
        _ body: (Notification, inout [UInt8]) throws(SerializationError) -> Void
    ) -> [(index: Int, error: SerializationError)] {
        var failures: [(index: Int, error: SerializationError)] = []
        output.append(UInt8(ascii: "["))
        let start = output.count
        for (index, notification) in notifications.enumerated() {
            let separated = output.count > start
            if separated { output.append(UInt8(ascii: ",")) }
            do throws(SerializationError) {
                try body(notification, &output)
            } catch {
                if separated { output.removeLast() }
                failures.append((index, error))
            }
        }
        output.append(UInt8(ascii: "]"))
        return failures
    }
}

extension JSONScanner {
    /// The elements of an array, or the one value that is none.
    static func elements(of bytes: ArraySlice<UInt8>) throws(SerializationError) -> [ArraySlice<UInt8>] {
        do throws(JSONError) {
            return try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
                var scanner = JSONScanner(buffer)
                var ranges: [Range<Int>] = []
                if try scanner.peek() == UInt8(ascii: "[") {
                    try scanner.skipArray(depth: 0) { (scanner) throws(JSONError) in
                        ranges.append(try scanner.skipValue(depth: 1))
                    }
                } else {
                    ranges.append(try scanner.skipValue())
                }
                try scanner.finish()
                return ranges.map { bytes[bytes.startIndex + $0.lowerBound..<bytes.startIndex + $0.upperBound] }
            }
        } catch {
            throw SerializationError("batch", .bodyNotJSON(error))
        }
    }
}
