import MQTT

/// One MQTT control packet as it stood on the wire.
struct Packet: Sendable, Equatable {
    /// First byte: type and flags.
    var head: UInt8
    var body: [UInt8]

    var kind: Kind? { Kind(rawValue: head >> 4) }

    enum Kind: UInt8, Sendable {
        case connect = 1, connack, publish, puback, pubrec, pubrel, pubcomp
        case subscribe, suback, unsubscribe, unsuback, pingreq, pingresp, disconnect
    }

    var bytes: [UInt8] {
        [head] + Packet.variableLength(body.count) + body
    }

    /// Big-endian 16-bit integer at `offset`.
    func integer(at offset: Int) -> UInt16 {
        UInt16(body[offset]) << 8 | UInt16(body[offset + 1])
    }

    static func variableLength(_ value: Int) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        repeat {
            var byte = UInt8(value % 128)
            value /= 128
            if value > 0 { byte |= 0x80 }
            bytes.append(byte)
        } while value > 0
        return bytes
    }

    static func integer(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(value & 0xFF)]
    }

    static func text(_ text: [UInt8]) -> [UInt8] {
        integer(UInt16(text.count)) + text
    }
}

/// What an MQTT broker sends, byte by byte.
struct BrokerDialect: Sendable {
    let version: ConnectionConfiguration.ProtocolVersion

    private var noProperties: [UInt8] { version == .v5 ? [0] : [] }

    func connack(sessionPresent: Bool, code: UInt8 = 0, properties: [UInt8] = []) -> Packet {
        let list = version == .v5 ? Packet.variableLength(properties.count) + properties : []
        return Packet(head: 0x20, body: [sessionPresent ? 1 : 0, code] + list)
    }

    func suback(id: UInt16, codes: [UInt8]) -> Packet {
        Packet(head: 0x90, body: Packet.integer(id) + noProperties + codes)
    }

    func unsuback(id: UInt16) -> Packet {
        Packet(head: 0xB0, body: Packet.integer(id) + (version == .v5 ? [0, 0x11] : []))
    }

    var pingresp: Packet { Packet(head: 0xD0, body: []) }

    func disconnect(code: UInt8) -> Packet { Packet(head: 0xE0, body: [code, 0]) }

    func publish(
        topic: [UInt8], payload: [UInt8], id: UInt16?, duplicate: Bool = false, retained: Bool = false,
        properties: [UInt8] = []
    ) -> Packet {
        let head: UInt8 = 0x30 | (duplicate ? 8 : 0) | (id == nil ? 0 : 2) | (retained ? 1 : 0)
        let list = version == .v5 ? Packet.variableLength(properties.count) + properties : []
        return Packet(head: head, body: Packet.text(topic) + (id.map(Packet.integer) ?? []) + list + payload)
    }
}

/// The fields of a CONNECT packet that tests look at.
struct ConnectFields: Sendable, Equatable {
    var level: UInt8
    var cleanStart: Bool
    var keepAliveSeconds: UInt16
    /// The property list without its length, MQTT 5 only.
    var properties: [UInt8]
    var clientID: String

    init?(_ packet: Packet) {
        guard packet.kind == .connect, packet.body.count > 10, Array(packet.body[2..<6]) == Array("MQTT".utf8) else {
            return nil
        }
        level = packet.body[6]
        cleanStart = packet.body[7] & 2 != 0
        keepAliveSeconds = packet.integer(at: 8)
        var offset = 10
        properties = []
        if level == 5 {
            let count = Int(packet.body[10])
            properties = Array(packet.body[11..<11 + count])
            offset = 11 + count
        }
        let count = Int(packet.integer(at: offset))
        clientID = String(decoding: packet.body[(offset + 2)..<(offset + 2 + count)], as: UTF8.self)
    }
}
