/// `docs/configuration.md`, made from the declarations that read the configuration.
public enum ConfigurationDocumentation {
    public static func markdown() -> String {
        var lines = [
            "# Configuration",
            "",
            "<!-- Made from the declarations in Sources/Settings by `make docs`; a test keeps it current. -->",
            "",
            "YAML. Every fault is reported at once, as `file:line:column: message (remedy)`; an unknown key is a fault.",
            "A key with nothing after it is as if it were not there.",
            "",
            "In every value `${NAME}` reads the environment, `${NAME:default}` has a default for a variable that is not",
            "set or empty, `${file:/path}` reads a file without its last line feed, and `$${` is a plain `${`.",
            "Durations have units (`500ms`, `90s`, `1h30m`, `7d`), sizes too (`64KiB`, `500MB`, `2GiB`).",
            "Relative file names start in the configuration's folder. A secret is never printed, logged or returned.",
        ]
        append(BridgeSchema.section.documentation, to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func append(_ section: SectionDocumentation, to lines: inout [String]) {
        let isTop = section.title == BridgeSchema.section.title
        lines += ["", isTop ? "## \(section.title)" : "## `\(section.title)`", "", section.summary, ""]
        lines += ["| field | holds | default | |", "|---|---|---|---|"]
        for row in section.rows {
            let cells = ["`\(row.name)`", row.kind, row.presence, row.summary]
            lines.append("| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |")
        }
        for nested in section.nested { append(nested, to: &lines) }
    }
}
