import Logging
import NIOCore
import NIOHTTP1

/// One connection: reads a request, asks for the answer, writes it. Lives on its event loop; NIO's
/// pipelining assistance before it holds the next request back until the answer is out.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case reading(HTTPRequestHead)
        /// Turned down: the rest of the body is let go by, up to a bound, so that the client is not
        /// reset before it has read the answer.
        case discarding(bytesLeft: Int)
        case answering
    }

    /// Bytes of a body that is turned down, after which the connection is closed all the same.
    private static let discardedBytes = 16 << 20

    private let responder: any HTTPResponder
    private let maximumBodyBytes: Int
    private let budget: BodyBudget
    private let logger: Logger
    private var state = State.idle
    private var body: [UInt8] = []
    private var isInputClosed = false

    init(responder: any HTTPResponder, maximumBodyBytes: Int, budget: BodyBudget, logger: Logger) {
        self.responder = responder
        self.maximumBodyBytes = maximumBodyBytes
        self.budget = budget
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (Self.unwrapInboundIn(data), state) {
        case (.head(let head), _): begin(head, context)
        case (.body(let part), .reading(let head)): append(part, head, context)
        case (.body(let part), .discarding(let left)):
            state = .discarding(bytesLeft: left - part.readableBytes)
            if left <= part.readableBytes { context.close(promise: nil) }
        case (.end, .reading(let head)): answer(head, context)
        case (.end, .discarding): context.close(promise: nil)
        case (.body, _), (.end, _): break
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        state = .reading(head)
        let length = head.headers.first(name: "content-length").flatMap { Int($0) }
        guard length ?? 0 > 0 || head.headers.contains(name: "transfer-encoding") else { return }
        if let refusal = responder.refusal(of: request(head, body: [])) {
            turnDown(with: refusal, head, context)
        } else if let length, length > maximumBodyBytes {
            turnDown(with: responder.respond(to: .bodyTooLarge(limit: maximumBodyBytes)), head, context)
        } else if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) {
            context.writeAndFlush(
                Self.wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
        }
    }

    private func request(_ head: HTTPRequestHead, body: [UInt8]) -> HTTPRequest {
        HTTPRequest(
            method: head.method.rawValue, target: head.uri,
            fields: head.headers.map { (name: $0.name, value: $0.value) }, body: body)
    }

    private func append(_ part: ByteBuffer, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if body.count + part.readableBytes > maximumBodyBytes {
            turnDown(with: responder.respond(to: .bodyTooLarge(limit: maximumBodyBytes)), head, context)
        } else if !budget.take(part.readableBytes) {
            turnDown(with: responder.respond(to: .overloaded), head, context)
        } else {
            body.append(contentsOf: part.readableBytesView)
        }
    }

    private func turnDown(with response: HTTPResponse, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        releaseBody()
        state = .discarding(bytesLeft: Self.discardedBytes)
        write(response, to: head, keepAlive: false, context)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        state = .answering
        let held = body.count
        let request = request(head, body: body)
        body = []
        let (responder, budget) = (responder, budget)
        context.eventLoop.makeFutureWithTask {
            defer { budget.release(held) }
            return await responder.respond(to: request)
        }.assumeIsolated().whenSuccess { response in
            self.finish(head, with: response, context)
        }
    }

    private func finish(_ head: HTTPRequestHead, with response: HTTPResponse, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        state = .idle
        let keepAlive = head.isKeepAlive && !isInputClosed
        write(response, to: head, keepAlive: keepAlive, context)
    }

    private func write(
        _ response: HTTPResponse, to request: HTTPRequestHead, keepAlive: Bool, _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders(response.fields.map { ($0.name, $0.value) })
        headers.replaceOrAdd(name: "content-length", value: "\(response.body.count)")
        if !keepAlive { headers.replaceOrAdd(name: "connection", value: "close") }
        let head = HTTPResponseHead(
            version: request.version, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if !response.body.isEmpty, request.method != .HEAD {
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        let written = context.writeAndFlush(Self.wrapOutboundOut(.end(nil)))
        if case .discarding = state { return }
        if !keepAlive { written.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            isInputClosed = true
            if case .answering = state { return }
            context.close(promise: nil)
        case is IdleStateHandler.IdleStateEvent:
            if case .answering = state { return }
            context.close(promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Clients that go away or speak something else: their loss, and no operator's concern.
        logger.debug("an HTTP connection failed", metadata: [LogKey.reason: "\(error)"])
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        releaseBody()
        context.fireChannelInactive()
    }

    private func releaseBody() {
        budget.release(body.count)
        body = []
    }
}
