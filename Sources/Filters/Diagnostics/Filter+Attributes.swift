extension Filter {
    /// A context attribute that the filter asks for, and where.
    public struct AttributeUse: Sendable, Hashable {
        /// Lower case.
        public var name: String
        /// Bytes of the filter's text.
        public var range: Range<Int>
        public var position: SourcePosition
    }

    /// Every attribute that the filter asks for, in the order of the text.
    public var attributeUses: [AttributeUse] {
        var uses: [AttributeUse] = []
        collect(syntax, into: &uses)
        return uses
    }

    private func collect(_ expression: Expression, into uses: inout [AttributeUse]) {
        switch expression.kind {
        case .attribute(let reference), .existsAttribute(let reference):
            uses.append(AttributeUse(
                name: reference.name, range: expression.range,
                position: SourcePosition(offset: expression.range.lowerBound, in: bytes)))
        default:
            for child in expression.children { collect(child, into: &uses) }
        }
    }
}
