extension Kind where Value == SubscriptionQoS {
    /// 0 or 1; 2 is refused with the reason of design.md 2.
    static let qos = Kind.scalar("`0` or `1`", show: { "`\($0.rawValue)`" }) { text in
        switch text.value {
        case "0": return .success(.atMostOnce)
        case "1": return .success(.atLeastOnce)
        case "2":
            return .failure(
                Problem(
                    "with QoS 2 a message is lost if the process dies between PUBREC and PUBREL",
                    remedy: "write 1: it is acknowledged once it is on disk, and the broker downgrades QoS 2 publishers"))
        default: return .failure(Problem("\(text.quoted) is no quality of service"))
        }
    }
}
