public import Journal
public import Logging
public import Notifications
public import ServiceLifecycle

/// Checks all endpoints' books again and again, and raises an alarm in the log when they do not
/// balance (promise 2); the metric `twinroute_unaccounted_events` says the same.
public struct BooksAudit: Service {
    private let books: @Sendable () -> [EndpointID: EndpointBooks]
    private let interval: Duration
    private let logger: Logger

    public init(
        interval: Duration = .seconds(10), logger: Logger, books: @escaping @Sendable () -> [EndpointID: EndpointBooks]
    ) {
        self.books = books
        self.interval = interval
        self.logger = logger
    }

    public func run() async throws {
        // Only cancellation ends a pause early, and that is the end of the audit.
        try? await cancelWhenGracefulShutdown {
            var findings = AuditFindings()
            while true {
                report(findings.news(in: books()))
                try await Task.sleep(for: interval)
            }
        }
    }

    private func report(_ news: [AuditFindings.News]) {
        for one in news {
            if one.unaccounted == 0 {
                logger.notice("the books balance again", metadata: [LogKey.endpoint: "\(one.endpoint)"])
            } else {
                logger.error(
                    "the books do not balance: above 0 events are lost, below 0 they are counted twice",
                    metadata: [LogKey.endpoint: "\(one.endpoint)", LogKey.events: "\(one.unaccounted)"])
            }
        }
    }
}

/// What the audit last found, so that each finding is told once.
struct AuditFindings {
    struct News: Equatable {
        var endpoint: EndpointID
        var unaccounted: Int
    }

    private var last: [EndpointID: Int] = [:]

    mutating func news(in books: [EndpointID: EndpointBooks]) -> [News] {
        let news = books.compactMap { endpoint, books in
            books.unaccounted == last[endpoint, default: 0]
                ? nil : News(endpoint: endpoint, unaccounted: books.unaccounted)
        }
        last = books.mapValues(\.unaccounted)
        return news.sorted { $0.endpoint.rawValue < $1.endpoint.rawValue }
    }
}
