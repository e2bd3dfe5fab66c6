import NIOCore
import NIOPosix
import NIOSSL

extension AMQPError {
    /// What the channel or TLS reported.
    static func ofChannel(_ error: any Error) -> AMQPError {
        switch error {
        case let error as AMQPError:
            error
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            .tlsFailed(reason: "\(error)")
        default:
            .connectionLost(reason: "\(error)")
        }
    }

    /// What the attempt to connect reported.
    static func ofConnect(_ error: any Error, host: String, port: Int, limit: Duration) -> AMQPError {
        switch error {
        case let error as AMQPError:
            return error
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first {
                return .ofConnect(first.error, host: host, port: port, limit: limit)
            }
            let reason = error.dnsAError ?? error.dnsAAAAError
            return .hostNotFound(host: host, reason: reason.map { "\($0)" } ?? "no address")
        case ChannelError.connectTimeout:
            return .timedOut(.connect, after: limit)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return .tlsFailed(reason: "\(error)")
        default:
            return .connectFailed(host: host, port: port, reason: "\(error)")
        }
    }
}
