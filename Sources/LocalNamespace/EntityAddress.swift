/// The entity that a link's address names.
///
/// Addresses come as a path or as a whole URI, `amqps://host[:port]/path` (reference 4.5).
enum EntityAddress {
    /// Lower case, for entities are found whatever the case; `nil` where no entity is named.
    static func entity(of address: String?) -> String? {
        guard var path = address?[...] else { return nil }
        if let scheme = path.range(of: "://") {
            let rest = path[scheme.upperBound...]
            guard let slash = rest.firstIndex(of: "/") else { return nil }
            path = rest[slash...]
        }
        let name = path.drop { $0 == "/" }
        return name.isEmpty ? nil : name.lowercased()
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
