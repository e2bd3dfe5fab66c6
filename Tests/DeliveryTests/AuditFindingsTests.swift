import Journal
import Notifications
import Testing

@testable import Delivery

@Suite("The audit of the books")
struct AuditFindingsTests {
    private func books(received: Int, delivered: Int) -> EndpointBooks {
        var books = EndpointBooks()
        books.received = received
        books.delivered = delivered
        return books
    }

    @Test("tells each finding once, and when it is over")
    func once() {
        var findings = AuditFindings()
        #expect(findings.news(in: ["a": books(received: 2, delivered: 2)]).isEmpty)
        let wrong: [EndpointID: EndpointBooks] = [
            "a": books(received: 3, delivered: 2), "b": books(received: 1, delivered: 2),
        ]
        #expect(
            findings.news(in: wrong)
                == [.init(endpoint: "a", unaccounted: 1), .init(endpoint: "b", unaccounted: -1)])
        #expect(findings.news(in: ["a": books(received: 4, delivered: 3)]).isEmpty)
        #expect(findings.news(in: ["a": books(received: 4, delivered: 4)]) == [.init(endpoint: "a", unaccounted: 0)])
    }
}
