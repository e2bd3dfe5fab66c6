import Foundation
import Settings
import Testing

@Suite("docs/configuration.md")
struct DocumentationTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/configuration.md")

    @Test("is what the declarations say; `make docs` writes it")
    func isCurrent() throws {
        let text = ConfigurationDocumentation.markdown()
        if ProcessInfo.processInfo.environment["TWINROUTE_WRITE_DOCS"] != nil {
            try Data(text.utf8).write(to: Self.file)
        }
        let written = try String(contentsOf: Self.file, encoding: .utf8)
        #expect(written == text, "run `make docs`")
    }

    @Test("has a row for each key that a configuration may have")
    func isComplete() {
        let text = ConfigurationDocumentation.markdown()
        for key in ["sessionExpiry", "whenFull", "secondaryConnectionString", "dialect", "verify", "connections", "filter"] {
            #expect(text.contains("| `\(key)` |"), "\(key)")
        }
        #expect(text.contains("`7d`"))
        #expect(text.contains("`2GiB`"))
    }
}
