import Foundation

/// A configuration file of a local namespace that cannot be used.
public struct NamespaceFileError: Error, Sendable, Hashable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
}

extension NamespaceConfiguration {
    /// Adds what a file declares: the emulators' `Config.json`, with members of our own. With a file,
    /// names that it does not declare are not made on the fly.
    ///
    /// - Throws: ``NamespaceFileError``.
    public mutating func read(_ path: String) throws(NamespaceFileError) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw NamespaceFileError(path: path, reason: "cannot be read (\(error.localizedDescription))")
        }
        do throws(DocumentFault) {
            let file = try NamespaceFile(
                text, byteLimit: entityBytes, at: Milliseconds(Date().timeIntervalSince1970 * 1000))
            entities += file.entities
            rules += file.rules
            topics += file.topics
            faults += file.faults
            if !file.entities.isEmpty { makesEntities = false }
        } catch {
            throw NamespaceFileError(path: path, reason: error.description)
        }
    }
}
