import SwiftProtobuf

/// JSON as `google.protobuf.Struct` and `Value`, and back.
enum ProtobufJSON {
    /// A double that JSON cannot write.
    struct NotFinite: Error {}

    static func structure(_ members: [JSONValue.Member]) -> Google_Protobuf_Struct {
        var result = Google_Protobuf_Struct()
        for member in members { result.fields[member.name] = value(member.value) }
        return result
    }

    static func value(_ value: JSONValue) -> Google_Protobuf_Value {
        switch value {
        case .null: .init(nilLiteral: ())
        case .boolean(let value): .init(boolValue: value)
        case .integer(let number): .init(numberValue: Double(number))
        case .double(let number): .init(numberValue: number)
        case .string(let text): .init(stringValue: text)
        case .array(let elements): .with { $0.listValue = .with { $0.values = elements.map(Self.value) } }
        case .object(let members): .init(structValue: structure(members))
        }
    }

    /// Members in the order of their names: a Struct has none of its own.
    static func append(_ structure: Google_Protobuf_Struct, to output: inout [UInt8]) throws(NotFinite) {
        output.append(UInt8(ascii: "{"))
        for (name, value) in structure.fields.sorted(by: { $0.key < $1.key }) {
            JSONWriter.appendName(name, to: &output)
            try append(value, to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    static func append(_ value: Google_Protobuf_Value, to output: inout [UInt8]) throws(NotFinite) {
        switch value.kind {
        case .boolValue(let value): output += (value ? "true" : "false").utf8
        case .numberValue(let number): try append(number, to: &output)
        case .stringValue(let text): JSONWriter.append(text, to: &output)
        case .structValue(let structure): try append(structure, to: &output)
        case .listValue(let list):
            output.append(UInt8(ascii: "["))
            for (index, element) in list.values.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                try append(element, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .nullValue, nil: output += "null".utf8
        }
    }

    /// Integers that a double holds exactly go without a fraction.
    private static func append(_ number: Double, to output: inout [UInt8]) throws(NotFinite) {
        guard number.isFinite else { throw NotFinite() }
        if number.magnitude < 0x1p53, let integer = Int64(exactly: number), !(number == 0 && number.sign == .minus) {
            output += String(integer).utf8
        } else {
            output += number.description.utf8
        }
    }
}
