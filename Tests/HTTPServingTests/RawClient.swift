import NIOCore
import NIOPosix

/// A connection that sends bytes as they are and reads text until a condition holds or it is closed.
final class RawClient {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    init(port: Int) async throws {
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }

    /// Sends each of `pieces` once the text received before it contains its condition, and returns
    /// all that came until the server closed.
    func talk(_ pieces: [(after: String, send: String)]) async throws -> String {
        try await channel.executeThenClose { inbound, outbound in
            var text = ""
            var left = pieces[...]
            func sendDue() async throws {
                while let piece = left.first, piece.after.isEmpty || text.contains(piece.after) {
                    left.removeFirst()
                    try await outbound.write(ByteBuffer(string: piece.send))
                }
            }
            try await sendDue()
            for try await bytes in inbound {
                text += String(buffer: bytes)
                try await sendDue()
            }
            return text
        }
    }

    func talk(_ text: String) async throws -> String { try await talk([("", text)]) }
}
