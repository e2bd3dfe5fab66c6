/// Lays a JSON text out over lines. Nothing but white space changes: names keep their order and
/// numbers their digits.
enum JSONIndentation {
    /// - Parameter text: valid JSON.
    static func lines(of text: some StringProtocol) -> [String] {
        var lines: [String] = []
        var line = ""
        var depth = 0
        var isInString = false
        var isEscaped = false
        func breakLine() {
            lines.append(line)
            line = String(repeating: "  ", count: depth)
        }
        for character in text.unicodeScalars {
            if isInString {
                line.unicodeScalars.append(character)
                isInString = isEscaped || character != "\""
                isEscaped = character == "\\" && !isEscaped
                continue
            }
            switch character {
            case "\"":
                isInString = true
                line += "\""
            case "{", "[":
                depth += 1
                line.unicodeScalars.append(character)
                breakLine()
            case "}", "]":
                depth -= 1
                if line.allSatisfy({ $0 == " " }), lines.last?.last == "{" || lines.last?.last == "[" {
                    // An empty object or array stays on its line.
                    line = lines.removeLast()
                } else {
                    breakLine()
                }
                line.unicodeScalars.append(character)
            case ",":
                line += ","
                breakLine()
            case ":": line += ": "
            case " ", "\n", "\r", "\t": break
            default: line.unicodeScalars.append(character)
            }
        }
        lines.append(line)
        return lines
    }
}
