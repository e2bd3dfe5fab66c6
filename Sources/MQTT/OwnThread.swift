#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread that is started once and joined by whoever started it.
struct OwnThread: Sendable {
    #if canImport(Darwin)
    // Safe: a pthread_t is a handle that any thread may join, and nobody else has this one.
    private nonisolated(unsafe) let handle: pthread_t
    #else
    private let handle: pthread_t
    #endif

    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    init(_ run: @escaping @Sendable () -> Void) throws(ConnectionFailure) {
        let body = Unmanaged.passRetained(Body(run))
        #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(&thread, nil, { OwnThread.start($0) }, body.toOpaque())
        guard code == 0, let thread else {
            body.release()
            throw .system(operation: "pthread_create", code: code)
        }
        #else
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { OwnThread.start($0) }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw .system(operation: "pthread_create", code: code)
        }
        #endif
        handle = thread
    }

    /// First function on the new thread.
    private static func start(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        body.run()
        return nil
    }

    /// In place of ``join()``, for a thread whose end nobody waits for.
    func detach() {
        pthread_detach(handle)
    }

    /// To be called once. Blocks until the thread has ended.
    func join() {
        pthread_join(handle, nil)
    }
}
