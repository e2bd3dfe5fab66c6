import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Notifications

/// Sends requests to a topic and reads the answers.
struct EventGridPublisher: Sendable {
    /// The service's answers are short; of others a bit is enough to tell what they are.
    private static let maximumAnswerBytes = 64 << 10

    let client: HTTPClient
    let topic: EventGridTopic
    let credential: EventGridCredential
    let contentType: String
    let timeout: TimeAmount

    /// What became of a request.
    enum Answer: Sendable, Hashable {
        case accepted
        /// The far side's word.
        case refused(EndpointFailure)
        /// No answer, or none of a topic: nobody knows what became of the events.
        case none(EndpointFailure)

        var isUnauthorized: Bool {
            if case .refused(let failure) = self { failure.condition == "http:401" } else { false }
        }
    }

    func publish(_ body: ByteBuffer) async -> Answer {
        do throws(EndpointFailure) {
            let header = try await credential.header()
            let answer = await publish(body, header)
            // A token may be taken back before its time; a second one that is refused says that it is not that.
            guard answer.isUnauthorized, await credential.wasRefused(header) else { return answer }
            return await publish(body, try await credential.header())
        } catch {
            return .none(error)
        }
    }

    private func publish(_ body: ByteBuffer, _ header: EventGridCredential.Header) async -> Answer {
        var request = HTTPClientRequest(url: topic.publishURL)
        request.method = .POST
        request.headers.add(name: header.name, value: header.value)
        request.headers.add(name: "content-type", value: contentType)
        request.headers.add(name: "user-agent", value: "twinroute")
        request.body = .bytes(body)
        do {
            let response = try await client.answer(to: request, within: timeout, maximumBytes: Self.maximumAnswerBytes)
            let isPage = response.headers.first(name: "content-type")?.lowercased().hasPrefix("text/html") ?? false
            if response.status == 200, !isPage { return .accepted }
            let failure = EndpointFailure(
                httpStatus: response.status, answer: response.body, isPage: isPage,
                retryAfter: response.headers.first(name: "retry-after"), credentialRemedy: credential.remedy)
            return response.status == 200 ? .none(failure) : .refused(failure)
        } catch {
            return .none(EndpointFailure(ofRequest: error))
        }
    }
}
