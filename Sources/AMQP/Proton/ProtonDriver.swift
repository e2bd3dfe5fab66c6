import CProton
import NIOCore

/// Owns one `pn_connection_driver_t`: bytes in, events and bytes out.
///
/// Not thread-safe; an ``Engine`` uses it on its event loop. The last reference may go on any
/// thread, when nothing else can reach it any more.
final class ProtonDriver {
    // On the heap: Proton keeps the address.
    private let driver: UnsafeMutablePointer<pn_connection_driver_t>
    let connection: OpaquePointer
    let transport: OpaquePointer

    init() throws(AMQPError) {
        let driver = UnsafeMutablePointer<pn_connection_driver_t>.allocate(capacity: 1)
        driver.initialize(to: pn_connection_driver_t())
        guard pn_connection_driver_init(driver, nil, nil) == 0, let connection = driver.pointee.connection,
            let transport = driver.pointee.transport
        else {
            pn_connection_driver_destroy(driver)
            driver.deallocate()
            throw .connectionLost(reason: "no memory for a connection")
        }
        self.driver = driver
        self.connection = connection
        self.transport = transport
    }

    deinit {
        pn_connection_driver_destroy(driver)
        driver.deallocate()
    }

    /// After the transport's settings and before the first byte.
    func bind() {
        pn_connection_driver_bind(driver)
    }

    /// Gives received bytes to Proton. What comes after the end of the AMQP connection is dropped.
    func read(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let buffer = pn_connection_driver_read_buffer(driver)
            guard buffer.size > 0, let start = buffer.start else { return }
            let count = min(buffer.size, rest.count)
            UnsafeMutableRawPointer(start).copyMemory(from: rest.baseAddress ?? UnsafeRawPointer(start), byteCount: count)
            pn_connection_driver_read_done(driver, count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Everything that Proton has to write now, in pieces. May make events.
    func write(_ consume: (UnsafeRawBufferPointer) -> Void) -> Bool {
        var wrote = false
        var buffer = pn_connection_driver_write_buffer(driver)
        while buffer.size > 0 {
            consume(UnsafeRawBufferPointer(start: buffer.start, count: buffer.size))
            wrote = true
            _ = pn_connection_driver_write_done(driver, buffer.size)
            buffer = pn_connection_driver_write_buffer(driver)
        }
        return wrote
    }

    /// The next event; it makes the one before invalid.
    func nextEvent() -> OpaquePointer? {
        pn_connection_driver_next_event(driver)
    }

    var hasEvent: Bool { pn_connection_driver_has_event(driver) }

    /// Both directions are closed and every event was seen.
    var isFinished: Bool { pn_connection_driver_finished(driver) }

    /// No bytes will come or go any more.
    func close() {
        pn_connection_driver_close(driver)
    }

    /// - Parameter now: milliseconds of any clock that only goes forward.
    /// - Returns: when to call again, on the same clock; 0 = not needed.
    func tick(now: Int64) -> Int64 {
        pn_transport_tick(transport, now)
    }
}
