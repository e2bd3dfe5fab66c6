import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Notifications

/// Asks a running bridge's HTTP API.
struct ControlClient {
    private static let timeout = TimeAmount.seconds(30)
    private static let maximumAnswerBytes = 64 << 20

    private let base: String
    private let token: Secret?
    private let client: HTTPClient

    /// - Parameter authority: a PEM file that is trusted instead of the system's.
    init(base: String, token: Secret?, authority: String?) throws {
        guard let url = URL(string: base), ["http", "https"].contains(url.scheme), url.host != nil else {
            throw ControlError("'\(base)' is no URL of an API; write one such as http://127.0.0.1:8080")
        }
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.token = token
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        if let authority {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authority)
            configuration.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async {
        try? await client.shutdown()
    }

    /// The answer's body, once the API has answered with success.
    ///
    /// - Parameter path: with its query, if any; or a `nextLink`.
    func ask(_ method: HTTPMethod, _ path: String, body: (any Encodable)? = nil) async throws -> Data {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token.revealed)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        }
        let (status, answer) = try await execute(request)
        guard (200..<300).contains(status) else { throw ControlError(status: status, answer: answer) }
        return answer
    }

    func ask<Answer: Decodable>(
        _ method: HTTPMethod, _ path: String, body: (any Encodable)? = nil, for type: Answer.Type
    ) async throws -> Answer {
        let answer = try await ask(method, path, body: body)
        do {
            return try JSONDecoder().decode(type, from: answer)
        } catch {
            throw ControlError("\(base)\(path) did not answer as a bridge of this version does; is it one?")
        }
    }

    private func execute(_ request: HTTPClientRequest) async throws -> (status: Int, body: Data) {
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            let body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            return (Int(response.status.code), Data(body.readableBytesView))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ControlError(
                "no answer from \(base): \(error); is the bridge running, with an `http` section in its configuration?")
        }
    }
}

/// What the API did not do, in its words.
struct ControlError: ExpectedError {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    init(status: Int, answer: Data) {
        struct Answer: Decodable {
            struct Content: Decodable {
                var message: String
            }
            var error: Content
        }
        let message = (try? JSONDecoder().decode(Answer.self, from: answer))?.error.message
        switch (status, message) {
        case (401, _): description = "the API wants a token: give --token, or set TWINROUTE_TOKEN to what http.token is"
        case (_, let message?): description = message
        case (_, nil): description = "the API answered with status \(status)"
        }
    }
}
