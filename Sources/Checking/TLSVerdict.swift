import AMQP

/// What a server's certificates and the outcome of the handshake come to.
struct TLSVerdict {
    /// With fewer days than these left, it is time to renew.
    static let fewDays: Int64 = 21

    var certificates: [TransportProbe.Certificate]
    var host: String
    /// Seconds since 1970.
    var now: Int64

    /// The handshake was fine.
    var found: Found<Void> {
        guard let soonest = certificates.map(\.notAfter).min() else { return Found(value: (), detail: "no certificate to see") }
        let days = (soonest - now) / 86_400
        let names = certificates.first.map { Self.listed($0.names) } ?? ""
        let detail = "certificate of \(names), \(Self.days(days)) left"
        guard days < Self.fewDays else { return Found(value: (), detail: detail) }
        return Found(value: (), outcome: .warning, detail: detail, remedy: "renew the server's certificate, or that of its authority")
    }

    /// The handshake failed.
    func failure(_ error: AMQPError) -> StepFailure {
        if case .timedOut(_, let limit) = error {
            return StepFailure("no TLS within \(limit)", remedy: "check that the port speaks TLS and the server is alive")
        }
        if case .invalidConfiguration = error { return StepFailure("\(error)", remedy: "check the file") }
        guard let leaf = certificates.first else {
            return StepFailure(
                "\(Self.short(error))", remedy: "check that the port speaks TLS: AMQP 5671, WebSockets and HTTPS 443, MQTT 8883")
        }
        if let over = certificates.first(where: { $0.notAfter < now }) {
            return StepFailure(
                "the certificate of \(Self.listed(over.names)) expired \(Self.days((now - over.notAfter) / 86_400)) ago",
                remedy: "renew it, or set this machine's clock if that is wrong")
        }
        if let early = certificates.first(where: { $0.notBefore > now }) {
            return StepFailure(
                "the certificate of \(Self.listed(early.names)) holds only in \(Self.days((early.notBefore - now) / 86_400))",
                remedy: "set this machine's clock")
        }
        if !leaf.names.isEmpty, !leaf.names.contains(where: { Self.matches(host, $0) }) {
            return StepFailure(
                "the certificate is for \(Self.listed(leaf.names)), not for \(host)",
                remedy: "connect by a name that is in it, or have the server show the right one")
        }
        return StepFailure(
            "the certificate of \(Self.listed(leaf.names)) is not trusted (\(Self.short(error)))",
            remedy: "set `tls.ca` to the authority that signed it")
    }

    /// A name or address of a certificate; `*` stands for the leftmost label.
    static func matches(_ host: String, _ pattern: String) -> Bool {
        let host = host.lowercased()
        let pattern = pattern.lowercased()
        guard pattern.hasPrefix("*.") else { return host == pattern }
        guard let dot = host.firstIndex(of: ".") else { return false }
        return host[dot...] == pattern.dropFirst()
    }

    private static func listed(_ names: [String]) -> String {
        guard !names.isEmpty else { return "no name" }
        return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }

    private static func days(_ number: Int64) -> String {
        number == 1 ? "1 day" : "\(number) days"
    }

    /// The library's own words are long; what counts in them is written in capitals.
    private static func short(_ error: AMQPError) -> String {
        let text = "\(error)"
        let words: [Substring] = text.split { !($0.isUppercase || $0.isNumber || $0 == "_") }
        return words.first { $0.count > 8 && $0.contains("_") }.map { "TLS failed: \($0)" } ?? String(text.prefix(200))
    }
}
