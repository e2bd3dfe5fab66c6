import AMQPCodec
import CProton

/// AMQP values in and out of `pn_data_t`, by way of their encoding.
enum ProtonData {
    /// Puts the value in place of whatever `data` holds. False when Proton does not take it.
    @discardableResult
    static func set(_ data: OpaquePointer?, _ value: AMQPValue) -> Bool {
        guard let data else { return false }
        pn_data_clear(data)
        var bytes: [UInt8] = []
        value.encode(into: &bytes)
        let used = bytes.withUnsafeBytes { buffer in
            pn_data_decode(data, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        return used == bytes.count
    }

    @discardableResult
    static func set(_ data: OpaquePointer?, map: AMQPMap) -> Bool {
        map.isEmpty || set(data, .map(map))
    }

    @discardableResult
    static func set(_ data: OpaquePointer?, symbols: [String]) -> Bool {
        symbols.isEmpty || set(data, .array(.symbols(symbols)))
    }

    /// Nil when there is nothing, or when what the peer sent does not decode.
    static func value(_ data: OpaquePointer?) -> AMQPValue? {
        guard let data, pn_data_size(data) > 0 else { return nil }
        let size = pn_data_encoded_size(data)
        guard size > 0 else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let written = buffer.withMemoryRebound(to: CChar.self) { pn_data_encode(data, $0.baseAddress, size) }
            count = max(0, min(size, written))
        }
        return try? AMQPValue(decoding: bytes)
    }

    static func map(_ data: OpaquePointer?) -> AMQPMap {
        guard case .map(let map)? = value(data) else { return AMQPMap() }
        return map
    }

    /// One symbol, or an array of them: both stand for a list of capabilities (part 1, section 3.5).
    static func symbols(_ data: OpaquePointer?) -> [String] {
        switch value(data) {
        case .symbol(let symbol)?: [symbol]
        case .array(let array)?: array.elements.compactMap(\.text)
        default: []
        }
    }
}
