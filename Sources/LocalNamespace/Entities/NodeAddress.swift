/// What a link's address names (reference 4.5). Names keep their case; they are compared without it.
indirect enum NodeAddress: Hashable, Sendable {
    /// `$cbs`.
    case tokens
    /// `$management`, of the namespace or of one entity.
    case management(of: NodeAddress?)
    case entity(String)
    /// `hub/Partitions/0`, to send to.
    case partition(hub: String, id: String)
    /// `hub/ConsumerGroups/$Default/Partitions/0`, to receive from.
    case consumer(hub: String, group: String, partition: String)
    case subscription(topic: String, name: String)
    case deadLetters(of: NodeAddress)

    /// Addresses come as a path or as a whole URI, `amqps://host[:port]/path`; nil where none is named.
    init?(_ address: String?) {
        guard var path = address?[...] else { return nil }
        if let scheme = path.firstRange(of: "://") {
            guard let slash = path[scheme.upperBound...].firstIndex(of: "/") else { return nil }
            path = path[slash...]
        }
        let parts = path.split(separator: "/").map { String($0).percentDecoded }
        self.init(parts: parts[...])
    }

    private init?(parts: ArraySlice<String>) {
        guard let last = parts.last else { return nil }
        let name = { (count: Int) in parts.dropLast(count).joined(separator: "/") }
        let keyword = { (fromEnd: Int) -> String? in
            parts.count > fromEnd ? parts[parts.endIndex - fromEnd].lowercased() : nil
        }
        if last.lowercased() == "$cbs", parts.count == 1 {
            self = .tokens
        } else if last.lowercased() == "$management" {
            self = .management(of: NodeAddress(parts: parts.dropLast()))
        } else if last.lowercased() == "$deadletterqueue" {
            guard let entity = NodeAddress(parts: parts.dropLast()) else { return nil }
            self = .deadLetters(of: entity)
        } else if keyword(4) == "consumergroups", keyword(2) == "partitions" {
            self = .consumer(hub: name(4), group: parts[parts.endIndex - 3], partition: last)
        } else if keyword(2) == "partitions" {
            self = .partition(hub: name(2), id: last)
        } else if keyword(2) == "subscriptions" {
            self = .subscription(topic: name(2), name: last)
        } else if keyword(2) == "publishers" {
            self = .entity(name(2))
        } else {
            self = .entity(name(0))
        }
    }

    /// The entity that everything else hangs on; nil for nodes of the namespace.
    var entityName: String? {
        switch self {
        case .tokens: nil
        case .management(let node): node?.entityName
        case .entity(let name), .partition(let name, _), .consumer(let name, _, _), .subscription(let name, _): name
        case .deadLetters(let node): node.entityName
        }
    }

    /// The path that a token has to cover, in lower case.
    var path: String {
        switch self {
        case .tokens: "$cbs"
        case .management(let node): node?.path ?? ""
        case .entity(let name): name.lowercased()
        case .partition(let hub, _): hub.lowercased()
        case .consumer(let hub, let group, _): "\(hub)/consumergroups/\(group)".lowercased()
        case .subscription(let topic, let name): "\(topic)/subscriptions/\(name)".lowercased()
        case .deadLetters(let node): node.path
        }
    }
}

extension String {
    /// `%41` becomes `A`; what is no such escape stays.
    var percentDecoded: String {
        guard contains("%") else { return self }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Substring {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
