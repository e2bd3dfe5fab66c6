import Notifications

extension Kind where Value == String {
    /// Any text that is not empty.
    static func text(_ name: String = "a text") -> Kind {
        .scalar(name, show: { $0.isEmpty ? nil : "`\($0)`" }) { text in
            guard !text.value.isEmpty else { return .failure(Problem("the value is empty")) }
            guard !text.value.utf8.contains(0) else {
                return .failure(Problem("the value has U+0000 in it", remedy: "remove it"))
            }
            return .success(text.value)
        }
    }

    /// A name that may stand in a URL path: letters, digits, `.`, `_` and `-`, at most 64.
    static func identifier(_ what: String) -> Kind {
        .scalar("a name of letters, digits, '.', '_' and '-', at most 64") { text in
            let isName =
                (1...64).contains(text.value.utf8.count)
                && text.value.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                    default: false
                    }
                }
            guard isName, text.value.utf8.first != UInt8(ascii: "."), text.value.utf8.first != UInt8(ascii: "-") else {
                return .failure(Problem("\(text.quoted) is no name for the \(what)"))
            }
            return .success(text.value)
        }
    }

    /// A name that nothing else of the same sort has.
    static func uniqueIdentifier(_ what: String) -> Kind {
        identifier(what).checked { name, node, reading in
            reading.claim(name, as: what, at: node)
        }
    }

    /// A part of a notification type.
    static let typeSegment = Kind.scalar("a name of letters and digits", show: { "`\($0)`" }) { text in
        let isName =
            !text.value.isEmpty
            && text.value.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: false
                }
            }
        return isName ? .success(text.value) : .failure(Problem("\(text.quoted) is no service name"))
    }

    /// A URI reference, as far as it can be checked without knowing its scheme (RFC 3986, 2).
    static let uriReference = Kind.scalar("a URI reference", show: { "`\($0)`" }) { text in
        let isClean =
            !text.value.isEmpty
            && text.value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"\"<>\\^`{|}".utf8.contains($0) }
        return isClean
            ? .success(text.value)
            : .failure(Problem("\(text.quoted) is no URI reference", remedy: "write a host name, a path or a URI without spaces"))
    }
}

extension Kind where Value == Secret {
    /// A text that no fault and no log shows.
    static func secret(_ name: String = "a secret") -> Kind {
        .scalar(name) { text in
            text.value.isEmpty
                ? .failure(Problem("the value is empty", remedy: "give it a value or leave it out"))
                : .success(Secret(text.value))
        }
    }
}

extension Kind {
    /// One of a few names.
    static func choice(_ values: [Value], name: @escaping @Sendable (Value) -> String) -> Kind {
        let names = values.map(name)
        let known = names.map { "`\($0)`" }.joined(separator: ", ")
        return .scalar("one of \(known)", show: { "`\(name($0))`" }) { text in
            if let index = names.firstIndex(of: text.value) { return .success(values[index]) }
            let nearest = Spelling.nearest(to: text.value, among: names).map { "did you mean '\($0)'?" }
            return .failure(
                Problem(
                    "\(text.quoted) is not known", remedy: nearest ?? "write one of \(names.joined(separator: ", "))"))
        }
    }
}

extension Kind where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of an enumeration's raw values.
    static var choice: Kind { .choice(Array(Value.allCases), name: \.rawValue) }
}

extension Kind where Value == Bool {
    static let boolean = Kind.scalar("`true` or `false`", show: { "`\($0)`" }) { text in
        switch text.value {
        case "true": .success(true)
        case "false": .success(false)
        default: .failure(Problem("\(text.quoted) is neither true nor false"))
        }
    }
}

extension Kind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Kind {
        .scalar("a number from \(range.lowerBound) to \(range.upperBound)", show: { "`\($0)`" }) { text in
            guard let number = Int(text.value), range.contains(number) else {
                return .failure(Problem("\(text.quoted) is out of range or no whole number"))
            }
            return .success(number)
        }
    }
}
