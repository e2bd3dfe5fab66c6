import CMosquitto

/// The library's own judgement of topic names and filters, so that a bad one is told before any
/// packet leaves.
enum TopicFilter {
    static func isValid(_ filter: String) -> Bool {
        guard !filter.isEmpty, !filter.utf8.contains(0), filter.utf8.count <= 65535 else { return false }
        if filter.hasPrefix("$share/") {
            let parts = filter.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, !parts[1].isEmpty, !parts[1].contains("+"), !parts[1].contains("#"),
                !parts[2].isEmpty
            else { return false }
            return mosquitto_sub_topic_check(String(parts[2])) == MOSQ_ERR_SUCCESS.rawValue
        }
        return mosquitto_sub_topic_check(filter) == MOSQ_ERR_SUCCESS.rawValue
    }
}
