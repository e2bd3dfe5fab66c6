/// A message in its sections (AMQP 1.0 part 3, section 3.2).
public struct AMQPMessage: Sendable, Hashable {
    public enum Body: Sendable, Hashable {
        /// Any number of data sections; none at all where a message has no body.
        case data([ArraySlice<UInt8>])
        /// Any number of sequence sections, at least one.
        case sequence([[AMQPValue]])
        case value(AMQPValue)
    }

    public var header: AMQPHeader?
    /// For the next hop only.
    public var deliveryAnnotations: AMQPMap
    /// For the infrastructure on the way. Azure keeps its system properties here.
    public var messageAnnotations: AMQPMap
    public var properties: AMQPProperties
    public var applicationProperties: AMQPMap
    public var body: Body
    public var footer: AMQPMap

    public init(
        header: AMQPHeader? = nil,
        deliveryAnnotations: AMQPMap = [:],
        messageAnnotations: AMQPMap = [:],
        properties: AMQPProperties = AMQPProperties(),
        applicationProperties: AMQPMap = [:],
        body: Body = .data([]),
        footer: AMQPMap = [:]
    ) {
        self.header = header
        self.deliveryAnnotations = deliveryAnnotations
        self.messageAnnotations = messageAnnotations
        self.properties = properties
        self.applicationProperties = applicationProperties
        self.body = body
        self.footer = footer
    }
}

extension AMQPMessage {
    /// Appends the message. Empty sections are left out.
    public func encode(into bytes: inout [UInt8]) {
        let sections = self.sections
        let size = sections.reduce(0) { $0 + AMQPSize.section + $1.content.encodedSize }
        AMQPWriter.append(to: &bytes, atMost: size) { writer in
            for (section, content) in sections {
                writer.writeSection(section)
                content.write(to: &writer)
            }
        }
    }

    private enum Content {
        case value(AMQPValue)
        case data(ArraySlice<UInt8>)

        var encodedSize: Int {
            switch self {
            case .value(let value): value.encodedSize
            case .data(let bytes): AMQPSize.variable(bytes.count)
            }
        }

        func write(to writer: inout AMQPWriter) {
            switch self {
            case .value(let value): writer.write(value)
            case .data(let bytes): writer.writeBinary(bytes)
            }
        }
    }

    private var sections: [(section: AMQPSection, content: Content)] {
        var sections: [(section: AMQPSection, content: Content)] = []
        func add(_ section: AMQPSection, _ map: AMQPMap) {
            if !map.isEmpty { sections.append((section, .value(.map(map)))) }
        }
        if let header { sections.append((.header, .value(.list(header.fields)))) }
        add(.deliveryAnnotations, deliveryAnnotations)
        add(.messageAnnotations, messageAnnotations)
        let fields = properties.fields
        if !fields.isEmpty { sections.append((.properties, .value(.list(fields)))) }
        add(.applicationProperties, applicationProperties)
        switch body {
        case .data(let slices): sections += slices.map { (.data, .data($0)) }
        case .sequence(let lists): sections += lists.map { (.amqpSequence, .value(.list($0))) }
        case .value(let value): sections.append((.amqpValue, .value(value)))
        }
        add(.footer, footer)
        return sections
    }
}
