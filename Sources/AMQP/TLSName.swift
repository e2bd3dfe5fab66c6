import NIOCore
import NIOSSL

/// NIOSSL is content when a certificate has the *address* that was dialled, even where a name was
/// asked for. Whoever can forge the name lookup would need only a certificate for an address of his
/// own; so where a name was asked for, a name must match (RFC 6125, section 6.4).
enum TLSName {
    /// - Parameter name: what was asked for; nil when the peer was dialled by its address.
    static func check(_ name: String, in pipeline: ChannelPipeline.SynchronousOperations) throws(AMQPError) {
        guard let certificate = (try? pipeline.handler(type: NIOSSLClientHandler.self))?.peerCertificate else {
            throw .tlsFailed(reason: "the peer showed no certificate")
        }
        let alternatives = certificate._subjectAlternativeNames()
        // Without any, NIOSSL has compared the common name.
        guard !alternatives.isEmpty else { return }
        let names = alternatives.filter { $0.nameType == .dnsName }
            .map { String(decoding: $0.contents, as: UTF8.self) }
        guard names.contains(where: { matches(name, $0) }) else {
            throw .tlsFailed(reason: "the certificate is for \(names.joined(separator: ", ")), not for \(name)")
        }
    }

    /// Case is ignored; `*` stands for the whole leftmost label only.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let name = name.lowercased()
        let pattern = pattern.lowercased()
        guard pattern.hasPrefix("*.") else { return name == pattern }
        guard let dot = name.firstIndex(of: "."), dot > name.startIndex else { return false }
        return name[dot...] == pattern.dropFirst()
    }
}
