import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// An answer, as far as it was read.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]
}

extension HTTPClient {
    /// Sends a request and reads the answer: the client's own limit ends with the head, and a server may
    /// fall silent after it.
    ///
    /// - Parameters:
    ///   - limit: to the end of the answer.
    ///   - maximumBytes: of the body; the rest is not read.
    /// - Throws: what the client throws; `deadlineExceeded` at the limit.
    func answer(
        to request: HTTPClientRequest, within limit: TimeAmount, maximumBytes: Int
    ) async throws -> HTTPAnswer {
        try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
            group.addTask {
                let response = try await self.execute(request, timeout: limit)
                var answer = HTTPAnswer(status: Int(response.status.code), headers: response.headers, body: [])
                for try await part in response.body {
                    answer.body += part.readableBytesView.prefix(maximumBytes - answer.body.count)
                    if answer.body.count == maximumBytes { break }
                }
                return answer
            }
            group.addTask {
                try await _Concurrency.Task.sleep(for: .nanoseconds(limit.nanoseconds))
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw HTTPClientError.deadlineExceeded }
            return first
        }
    }
}
