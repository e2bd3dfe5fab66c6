import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Colours for a terminal; nothing for a file, a pipe or `NO_COLOR` (no-color.org).
struct TerminalStyle {
    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
        case bold = "1"
        case dim = "2"
    }

    let isColoured: Bool

    /// What standard output can show.
    static func standardOutput(environment: [String: String] = ProcessInfo.processInfo.environment) -> TerminalStyle {
        let refuses = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return TerminalStyle(isColoured: isatty(STDOUT_FILENO) == 1 && !refuses && environment["TERM"] != "dumb")
    }

    func callAsFunction(_ text: String, _ colour: Colour) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
