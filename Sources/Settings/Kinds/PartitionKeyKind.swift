import Notifications

extension Kind where Value == PartitionKey {
    /// `subject`, `none`, `attribute:NAME` or `partition:N`.
    static let partitionKey = Kind.scalar("one of `subject`, `none`, `attribute:NAME`, `partition:N`", show: { "`\($0.text)`" }) { text in
        switch text.value {
        case "none": return .success(.none)
        case "subject": return .success(.subject)
        default: break
        }
        if text.value.hasPrefix("partition:") {
            let number = text.value.dropFirst("partition:".count)
            guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let partition = Int(number), partition <= 1023 else {
                return .failure(Problem("\(text.quoted) names no partition", remedy: "write a number from 0 to 1023"))
            }
            return .success(.partition(partition))
        }
        let prefix = "attribute:"
        guard text.value.hasPrefix(prefix) else {
            let remedy = isAttributeName(text.value[...]) ? "write subject, none or attribute:\(text.value)" : nil
            return .failure(Problem("\(text.quoted) is no partition key", remedy: remedy))
        }
        let name = text.value.dropFirst(prefix.count)
        guard isAttributeName(name) else {
            return .failure(
                Problem("\(text.quoted) names no attribute", remedy: "attribute names are lower-case letters and digits"))
        }
        return .success(.attribute(String(name)))
    }

    /// CloudEvents 1.0, "Naming conventions".
    private static func isAttributeName(_ name: Substring) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    }
}
