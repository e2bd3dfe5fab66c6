import Yams

/// YAML text to nodes, with what the parser finds wrong as a fault.
enum YAMLText {
    /// Deeper than any configuration; the parser's recursion must not meet the end of the stack.
    private static let maximumDepth = 500

    static func compose(_ text: String, file: String, source: SourceText) throws(ConfigurationFaults) -> Node {
        func failure(_ line: Int, _ column: Int, _ message: String, _ remedy: String) -> ConfigurationFaults {
            let position = SourcePosition(line: line, column: column)
            return ConfigurationFaults([
                ConfigurationFault(file: file, position: position, message: message, remedy: remedy)
            ])
        }
        if let deep = tooDeep(text) {
            throw failure(deep.line, deep.column, "the file nests deeper than \(maximumDepth)", "write it flat")
        }
        do {
            guard let root = try Yams.compose(yaml: text), !root.isNull else {
                throw failure(1, 1, "the file is empty", "see docs/configuration.md")
            }
            return root
        } catch let faults as ConfigurationFaults {
            throw faults
        } catch let error as YamlError {
            // Never the error's own description: it quotes the line, and a line may hold a secret.
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw failure(mark.line, mark.column, "this is no YAML: \(problem)", "check indents, colons and quotes")
            case .duplicatedKeysInMapping(let keys, let context):
                let first = SourcePosition(line: context.mark.line, column: context.mark.column)
                let second = keys.first.flatMap { source.secondPosition(ofKey: $0, first: first) } ?? first
                throw failure(
                    second.line, second.column, "'\(keys.first ?? "")' is there twice, first in line \(first.line)",
                    "keep one")
            case .reader(let problem, _, _, _):
                throw failure(1, 1, "this is no YAML: \(problem)", "remove control characters")
            default:
                throw failure(1, 1, "this is no YAML", "check indents, colons and quotes")
            }
        } catch {
            throw failure(1, 1, "this is no YAML", "check indents, colons and quotes")
        }
    }

    /// Where brackets, braces, or the `- ` and `? ` of one line nest too deep. Counts more than the
    /// parser would (those in texts count too), which only matters far beyond what anybody writes.
    /// Indents need no count: their depth is bounded by the square root of the file's size.
    private static func tooDeep(_ text: String) -> SourcePosition? {
        var line = 1
        var column = 0
        var flow = 0
        var indicators = 0
        var previous: Unicode.Scalar = "\n"
        for scalar in text.unicodeScalars {
            column += 1
            switch scalar {
            case "\n":
                line += 1
                column = 0
                indicators = 0
            case "[", "{": flow += 1
            case "]", "}": flow = max(0, flow - 1)
            case " " where previous == "-" || previous == "?": indicators += 1
            default: break
            }
            if flow > maximumDepth || indicators > maximumDepth { return SourcePosition(line: line, column: column) }
            previous = scalar
        }
        return nil
    }

    /// Columns count valid scalars, as the parser does.
    static func position(ofFirstInvalidByteIn bytes: [UInt8]) -> SourcePosition {
        var line = 1
        var column = 1
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return SourcePosition(line: line, column: column)
    }
}
