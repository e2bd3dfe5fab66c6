/// Why a text is no topic template.
public enum TopicTemplateError: Error, Sendable, Hashable {
    case empty
    case tooLong
    case nullCharacter
    case badShareGroup
    /// The part has braces beside other characters.
    case partialLevel(String)
    /// The part has `+` or `#` beside other characters.
    case strayWildcard(String)
    /// `{properties...}` or `#` before the end.
    case notLast(String)
    case duplicateName(String)
    case propertiesWithoutDots
    case unknownRest(String)
    case badName(String)
}

extension TopicTemplateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "the topic is empty"
        case .tooLong: "the topic has more than 65535 bytes"
        case .nullCharacter: "the topic has U+0000 in it"
        case .badShareGroup: "'$share' is not followed by a group and a topic"
        case .partialLevel(let part): "'\(part)' mixes a name in braces with other characters"
        case .strayWildcard(let part): "'\(part)' has '+' or '#' beside other characters"
        case .notLast(let part): "'\(part)' is not the last level"
        case .duplicateName(let name): "'{\(name)}' stands twice"
        case .propertiesWithoutDots: "'{properties}' has no dots"
        case .unknownRest(let part): "'\(part)' is not known"
        case .badName(let part): "'\(part)' has no name of letters and digits"
        }
    }

    /// What to write instead.
    public var remedy: String {
        switch self {
        case .empty: "write a topic such as devices/{subject}/telemetry"
        case .tooLong: "shorten it"
        case .nullCharacter: "remove it: MQTT forbids it"
        case .badShareGroup: "write $share/<group>/<topic>"
        case .partialLevel, .strayWildcard: "let it fill the whole level between two slashes"
        case .notLast: "move it to the end: it stands for the rest of the topic"
        case .duplicateName: "give each level a name of its own"
        case .propertiesWithoutDots: "write {properties...}"
        case .unknownRest: "only {properties...} stands for several levels"
        case .badName: "write a letter, then letters and digits"
        }
    }
}
