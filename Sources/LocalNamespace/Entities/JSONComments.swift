/// The emulators' samples have comments in their JSON.
enum JSONComments {
    static func removed(from text: String) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        var isInString = false
        while let byte = rest.popFirst() {
            if isInString {
                result.append(byte)
                if byte == UInt8(ascii: "\\"), let next = rest.popFirst() { result.append(next) }
                if byte == UInt8(ascii: "\"") { isInString = false }
            } else if byte == UInt8(ascii: "/"), rest.first == UInt8(ascii: "/") {
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            } else if byte == UInt8(ascii: "/"), rest.first == UInt8(ascii: "*") {
                rest = rest.dropFirst()
                while !rest.isEmpty, !rest.starts(with: Array("*/".utf8)) { rest = rest.dropFirst() }
                rest = rest.dropFirst(2)
            } else {
                isInString = byte == UInt8(ascii: "\"")
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
