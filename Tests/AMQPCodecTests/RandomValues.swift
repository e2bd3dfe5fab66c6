import AMQPCodec
import TestSupport

extension AMQPValue {
    /// A value of any type, compounds nested up to `depth` levels. No NaN, so that equality holds.
    static func random(depth: Int, using generator: inout SplitMix64) -> AMQPValue {
        let type = AMQPType.allCases.randomElement(using: &generator) ?? .null
        return random(of: type, depth: depth, using: &generator)
    }

    static func random(of type: AMQPType, depth: Int, using generator: inout SplitMix64) -> AMQPValue {
        let narrow = Bool.random(using: &generator)
        switch type {
        case .null: return .null
        case .boolean: return .boolean(.random(using: &generator))
        case .ubyte: return .ubyte(.random(in: 0...255, using: &generator))
        case .ushort: return .ushort(.random(in: 0...UInt16.max, using: &generator))
        case .uint: return .uint(.random(in: 0...(narrow ? 256 : .max), using: &generator))
        case .ulong: return .ulong(.random(in: 0...(narrow ? 256 : .max), using: &generator))
        case .byte: return .byte(.random(in: .min...(.max), using: &generator))
        case .short: return .short(.random(in: .min...(.max), using: &generator))
        case .int: return .int(narrow ? .random(in: -130...130, using: &generator) : .random(in: .min...(.max), using: &generator))
        case .long: return .long(narrow ? .random(in: -130...130, using: &generator) : .random(in: .min...(.max), using: &generator))
        case .float: return .float(.random(in: -1e6...1e6, using: &generator))
        case .double: return .double(.random(in: -1e12...1e12, using: &generator))
        case .decimal32: return .decimal32(UInt32(truncatingIfNeeded: generator.next()))
        case .decimal64: return .decimal64(generator.next())
        case .decimal128: return .decimal128(high: generator.next(), low: generator.next())
        case .char: return .char(scalar(using: &generator))
        case .timestamp: return .timestamp(Int64(bitPattern: generator.next()))
        case .uuid: return .uuid(AMQPUUID(high: generator.next(), low: generator.next()))
        case .binary:
            return .binary((0..<length(using: &generator)).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
        case .string: return .string(text(using: &generator))
        case .symbol:
            return .symbol(String(repeating: "s", count: length(using: &generator)))
        case .list:
            return .list(elements(depth: depth, using: &generator))
        case .map:
            let entries = elements(depth: depth, using: &generator).enumerated().map {
                AMQPMap.Entry(key: .symbol("key\($0.offset)"), value: $0.element)
            }
            return .map(AMQPMap(entries))
        case .array: return randomArray(depth: depth, using: &generator)
        case .described:
            guard depth > 0 else { return .null }
            return .described(
                descriptor: .ulong(generator.next() >> 40), value: random(depth: depth - 1, using: &generator))
        }
    }

    private static func randomArray(depth: Int, using generator: inout SplitMix64) -> AMQPValue {
        let types = AMQPType.allCases.filter { $0 != .described && (depth > 0 || $0 != .array) }
        let type = types.randomElement(using: &generator) ?? .uint
        let count = Int.random(in: 0...5, using: &generator)
        let elements = (0..<count).map { _ in random(of: type, depth: max(0, depth - 1), using: &generator) }
        let descriptor: AMQPValue? = Bool.random(using: &generator) ? .symbol("d") : nil
        return AMQPArray(of: type, descriptor: descriptor, elements).map { .array($0) } ?? .null
    }

    private static func elements(depth: Int, using generator: inout SplitMix64) -> [AMQPValue] {
        guard depth > 0 else { return [] }
        return (0..<Int.random(in: 0...6, using: &generator)).map { _ in random(depth: depth - 1, using: &generator) }
    }

    private static func length(using generator: inout SplitMix64) -> Int {
        [0, 1, 7, 254, 255, 256, 257, 300].randomElement(using: &generator) ?? 0
    }

    private static func text(using generator: inout SplitMix64) -> String {
        var text = ""
        for _ in 0..<length(using: &generator) { text.unicodeScalars.append(scalar(using: &generator)) }
        return text
    }

    private static func scalar(using generator: inout SplitMix64) -> Unicode.Scalar {
        Unicode.Scalar(UInt32.random(in: 1...0x10FFFF, using: &generator)) ?? "x"
    }
}
