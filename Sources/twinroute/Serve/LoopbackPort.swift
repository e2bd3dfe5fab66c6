import NIOCore
import NIOPosix

/// A port that `serve` wants for itself.
struct LoopbackPort {
    struct TakenError: Error, CustomStringConvertible {
        let description: String
    }

    let host: String
    let port: Int
    /// The command-line option that chooses another.
    let option: String

    /// - Throws: ``TakenError`` where somebody else listens there.
    func checkFree() async throws {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port)
                .get()
            try await channel.close()
        } catch let error as IOError {
            throw TakenError(
                description: "cannot listen on \(host):\(port) (\(error)); stop what listens there or choose another port with \(option)")
        }
    }
}
