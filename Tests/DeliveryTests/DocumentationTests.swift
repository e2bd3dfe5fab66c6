import Azure
import Delivery
import Foundation
import Testing

@Suite("docs/delivery.md")
struct DocumentationTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/delivery.md")

    @Test("is what the tables say; `make docs` writes it")
    func isCurrent() throws {
        let text = DeliveryDocumentation.markdown()
        if ProcessInfo.processInfo.environment["TWINROUTE_WRITE_DOCS"] != nil {
            try Data(text.utf8).write(to: Self.file)
        }
        let written = try String(contentsOf: Self.file, encoding: .utf8)
        #expect(written == text, "run `make docs`")
    }

    @Test("has every kind, state and condition")
    func isComplete() {
        let text = DeliveryDocumentation.markdown()
        for kind in FailureKind.allCases { #expect(text.contains("\n| \(kind) | ")) }
        for state in EndpointState.allCases { #expect(text.contains("\n| \(state) | ")) }
        for row in FailureTable.rows { #expect(text.contains("| `\(row.word)` | \(row.kind) |")) }
    }
}
