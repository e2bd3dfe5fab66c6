import Foundation
public import Signing

/// The file of a certificate and its key.
public enum CertificateFile {
    public enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case unreadable
        case content(ClientCertificate.Fault)

        public var description: String {
            switch self {
            case .unreadable: "the file cannot be read"
            case .content(.noCertificate): "the file has no certificate"
            case .content(.noKey): "the file has no private key, or one with a passphrase"
            case .content(.notRSA): "the key is not of RSA, which Entra ID wants"
            case .content(.keyOfAnother): "the key does not belong to the certificate"
            }
        }

        public var remedy: String {
            switch self {
            case .unreadable: "check its name and who may read it"
            case .content(.noCertificate), .content(.notRSA): "put the application's certificate and its RSA key into one PEM file"
            case .content(.noKey): "put the key beside the certificate, in PEM and without a passphrase, and let only this user read it"
            case .content(.keyOfAnother): "put the certificate first that was made for the key"
            }
        }
    }

    static func read(_ file: String) throws(Fault) -> ClientCertificate {
        guard let bytes = FileManager.default.contents(atPath: file) else { throw .unreadable }
        do throws(ClientCertificate.Fault) {
            return try ClientCertificate(pem: Array(bytes))
        } catch {
            throw .content(error)
        }
    }

    /// - Throws: what is wrong with it.
    public static func check(_ file: String) throws(Fault) {
        _ = try read(file)
    }
}
