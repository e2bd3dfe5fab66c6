import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension EventGridConnector {
    /// The `Date` that the topic's server tells with an answer of whatever kind; `nil` where it tells none.
    /// Neither key nor event goes along.
    public func date(within limit: Duration) async throws(EndpointFailure) -> String? {
        let client = client()
        let answer: Result<String?, EndpointFailure>
        do {
            var request = HTTPClientRequest(url: topic.publishURL)
            request.method = .OPTIONS
            request.headers.add(name: "user-agent", value: "twinroute")
            let response = try await client.execute(request, timeout: TimeAmount(limit))
            answer = .success(response.headers.first(name: "date"))
        } catch {
            answer = .failure(EndpointFailure(ofRequest: error))
        }
        try? await client.shutdown()
        return try answer.get()
    }
}
