import Notifications
import Routing

extension Kind where Value == BrokerURL {
    static let brokerURL = Kind.scalar("a URL such as mqtt://host:1883 or mqtts://host:8883") { text in
        do throws(BrokerURLError) {
            return .success(try BrokerURL(parsing: text.value))
        } catch {
            return .failure(Problem("\(error)", remedy: error.remedy))
        }
    }
}

extension Kind where Value == HostAndPort {
    /// An address to listen on.
    static let listenAddress = Kind.scalar("an address and a port such as 127.0.0.1:8080", show: { "`\($0)`" }) { text in
        guard let address = try? HostAndPort(parsing: text.value) else {
            return .failure(Problem("\(text.quoted) is no address with a port from 1 to 65535"))
        }
        guard address.port != nil else {
            return .failure(Problem("\(text.quoted) has no port"))
        }
        return .success(address)
    }
}

extension Kind where Value == TopicTemplate {
    static let topicTemplate = Kind.scalar("a topic template such as devices/{subject}/telemetry") { text in
        do throws(TopicTemplateError) {
            return .success(try TopicTemplate(parsing: text.value))
        } catch {
            return .failure(Problem("\(error)", remedy: error.remedy))
        }
    }
}

extension Kind where Value == EndpointID {
    /// The name of an endpoint of the same file, which may come later in it.
    static let endpointReference = Kind<String>.text("the name of an endpoint").checked { name, node, reading in
        reading.endpointReferences.append((name, node.position))
    }.map(EndpointID.init(rawValue:))
}

extension Kind where Value == String {
    /// A folder, made when it is needed.
    static let folder = Kind<String>(
        "a folder", show: { "`\($0)`" },
        read: { node, reading in
            reading.text(of: node, expected: "a folder").map { reading.resolve($0.value) }
        })

    /// What a PEM file must have in it.
    enum PEM: String {
        case certificate = "CERTIFICATE"
        case key = "PRIVATE KEY"
    }

    /// An existing, readable PEM file; the path is made absolute.
    static func pemFile(_ content: PEM) -> Kind {
        let name = content == .key ? "a PEM file with a private key" : "a PEM file with certificates"
        return Kind(name) { node, reading in
            guard let text = reading.text(of: node, expected: name) else { return nil }
            let path = reading.resolve(text.value)
            switch FileText.bytes(path) {
            case .failure(let problem):
                reading.fault(
                    at: node, "\(reading.path): the file \(text.quoted) \(problem)",
                    remedy: "name \(name); a relative name starts in the configuration's folder")
                return nil
            case .success(let bytes):
                let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
                guard lines.contains(where: { $0.hasPrefix("-----BEGIN ") && $0.contains("\(content.rawValue)-----") }) else {
                    reading.fault(at: node, "\(reading.path): the file \(text.quoted) has none in it", remedy: "name \(name)")
                    return nil
                }
                return path
            }
        }
    }
}
