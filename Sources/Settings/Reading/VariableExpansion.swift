import Yams

// `${NAME}`, `${NAME:default}` and `${file:/path}` inside values (design.md 5.2).
//
// `$${` stands for a plain `${`. A variable that is set to nothing counts as not set where there is
// a default. A file loses one line feed at its end, as editors and secret stores add it.

extension Reading {
    /// The scalar's text with every reference replaced; `nil` after a fault.
    mutating func expand(_ scalar: Node.Scalar, at node: Node) -> ScalarText? {
        let raw = shield.reveal(scalar.string)
        guard raw.contains("${") else { return ScalarText(raw: raw) }
        var value = ""
        var rest = raw[...]
        var isWhole = true
        var seen: [String: Int] = [:]
        while let dollar = rest.firstIndex(of: "$") {
            value += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                value += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                let close = rest.firstIndex(of: "}")
                let reference = String(close.map { rest[...$0] } ?? rest)
                let place = source.position(of: reference, occurrence: seen[reference, default: 0], from: node.position)
                seen[reference, default: 0] += 1
                guard let close else {
                    fault(at: place ?? node.position, "'${' has no '}'", remedy: "close it, or write '$${' for a plain '${'")
                    return nil
                }
                if let text = lookUp(rest[..<close].dropFirst(2), at: place ?? node.position) {
                    value += text
                } else {
                    isWhole = false
                }
                rest = rest[close...].dropFirst()
            } else {
                value += "$"
                rest = rest.dropFirst()
            }
        }
        return isWhole ? ScalarText(value: value + rest, raw: raw) : nil
    }

    private mutating func lookUp(_ reference: Substring, at place: SourcePosition) -> String? {
        if reference.hasPrefix("file:") {
            return readSecretFile(String(reference.dropFirst(5)), at: place)
        }
        let colon = reference.firstIndex(of: ":")
        let name = String(reference[..<(colon ?? reference.endIndex)])
        guard Self.isVariableName(name) else {
            fault(
                at: place, "'${\(name)}' is no variable name",
                remedy: "write letters, digits and '_', or '$${' for a plain '${'")
            return nil
        }
        let found = environment[name]
        if let colon {
            let fallback = reference[colon...].dropFirst()
            guard !fallback.contains("${") else {
                fault(at: place, "the default of '${\(name)}' has a variable in it", remedy: "write a plain text")
                return nil
            }
            return found.flatMap { $0.isEmpty ? nil : $0 } ?? String(fallback)
        }
        guard let found else {
            fault(
                at: place, "the environment variable \(name) is not set",
                remedy: "set it, or give a default: ${\(name):…}")
            return nil
        }
        return found
    }

    private mutating func readSecretFile(_ name: String, at place: SourcePosition) -> String? {
        switch FileText.read(resolve(name)) {
        case .success(let text):
            return text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
        case .failure(let problem):
            fault(at: place, "the file \(name) \(problem)", remedy: "name a file that this user can read")
            return nil
        }
    }

    private static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            default: false
            }
        }
    }
}
